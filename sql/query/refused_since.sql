-- Who was refused last, since then.
SELECT address, reason FROM refused WHERE last_at >= :since
ORDER BY last_at DESC, count LIMIT 1;
