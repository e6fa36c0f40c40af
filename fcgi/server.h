/*
 * FastCGI and plain CGI; only server.c knows libfcgi.
 */
#ifndef SERVER_H
#define SERVER_H

struct webhook;

/* True when a listening socket is on descriptor 0, as spawn-fcgi and systemd
 * hand it over; false means plain CGI. */
int	 server_is_fastcgi(void);

/* Serve until SIGTERM or SIGINT with n threads; what is in flight is finished.
 * 0, or -1 after a message. */
int	 server_run(struct webhook *, long n);

/* True after an answer, when the command line may be a stranger's. */
int	 server_is_tricked(int argc);

/* Answer the one request of a plain CGI run. */
int	 server_once(struct webhook *);

#endif
