/*
 * Messages: one line each, subject first, no final stop, escaped as a whole,
 * to standard error or to syslog.  Never a secret, never a full phone number:
 * what looks like one, and is no part of a word, is masked.
 */
#ifndef LOG_H
#define LOG_H

#include <stddef.h>

#define PHONE_MASK_SIZE 48

/* Name the program and choose the sink; verbose shows log_info and, from 2
 * on, log_debug.  Without a call messages go to standard error. */
void	 log_init(const char *prog, int verbose, int to_syslog);

/* A warning with strerror(errno) appended; errno survives. */
void	 log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	 log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	 log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	 log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Say why and end the program with a sysexits(3) status.  For faults of ours
 * (settings, disk, bug); a peer's fault never gets here. */
void	 fatal(int status, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3), noreturn));
void	 fatalx(int status, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3), noreturn));

/* Write phone with its middle hidden ("+91******3210") into buf; returns buf.
 * The country code's first two digits and the last four stay. */
char	*phone_mask(const char *phone, char buf[PHONE_MASK_SIZE]);

#endif
