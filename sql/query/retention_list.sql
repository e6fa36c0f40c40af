SELECT class, days FROM retention ORDER BY class;
