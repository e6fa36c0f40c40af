SELECT key FROM opt_out;
