DELETE FROM alarm WHERE over_at < :before;
