/*
 * A small server that misbehaves to order: what it answers is written down
 * before, what it was asked is told afterwards.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SERVER_REPLIES	8
#define SERVER_CONNS	16

/* What the server does with the requests of all connections, one after
 * another; NULL means: read it and hang up. */
struct script {
	const char	*reply[SERVER_REPLIES];
};

struct server {
	pid_t	 pid;
	int	 port;
	int	 told;		/* a line comes for each request */
	char	 asked[1024];	/* those lines, once it has ended */
};

static inline int
listener(int *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

/* Read a request to its end; 0 when the peer hung up. */
static inline int
request_read(int fd, char *buf, size_t size)
{
	const char *body, *length;
	size_t n = 0, whole = size;
	ssize_t got;

	while (n < whole) {
		if ((got = read(fd, buf + n, size - 1 - n)) <= 0)
			return 0;
		buf[n += (size_t)got] = '\0';
		if ((body = strstr(buf, "\r\n\r\n")) == NULL)
			continue;
		length = strstr(buf, "Content-Length: ");
		whole = (size_t)(body + 4 - buf) + (length != NULL ?
		    strtoul(length + 16, NULL, 10) : 0);
	}
	return 1;
}

static inline int
write_all(int fd, const char *s, size_t n)
{
	ssize_t done;

	for (; n > 0; s += done, n -= (size_t)done)
		if ((done = write(fd, s, n)) == -1)
			return -1;
	return 0;
}

/* Answer one request on a connection; -1 when it is to be closed. */
static inline int
serve_one(int fd, int tell, const struct script *s, size_t *step)
{
	static char buf[1 << 20];
	const char *reply;
	size_t n;

	if (!request_read(fd, buf, sizeof(buf)))
		return -1;
	n = strcspn(buf, "\r");
	buf[n] = '\n';
	if (write_all(tell, buf, n + 1) == -1)
		_exit(1);
	reply = *step < SERVER_REPLIES ? s->reply[*step] : NULL;
	(*step)++;
	if (reply == NULL || write_all(fd, reply, strlen(reply)) == -1)
		return -1;
	return strstr(reply, "Connection: close") != NULL ? -1 : 0;
}

/* Answer what comes, keeping connections, until killed. */
static inline void
serve(int fd, int tell, const struct script *s)
{
	struct pollfd p[SERVER_CONNS];
	nfds_t n = 1, i;
	size_t step = 0;

	p[0] = (struct pollfd){ fd, POLLIN, 0 };
	for (;;) {
		poll(p, n, -1);
		if ((p[0].revents & POLLIN) && n < SERVER_CONNS)
			p[n++] = (struct pollfd){ accept(fd, NULL, NULL),
			    POLLIN, 0 };
		for (i = 1; i < n; i++) {
			if (!(p[i].revents & (POLLIN | POLLHUP)) ||
			    serve_one(p[i].fd, tell, s, &step) == 0)
				continue;
			close(p[i].fd);
			p[i].fd = -1;
			p[i].revents = 0;
		}
	}
}

static inline struct server
server_start(struct script s)
{
	struct server srv = { 0 };
	int fd, pipefd[2];

	fd = listener(&srv.port);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(pipe(pipefd), 0);
	if ((srv.pid = fork()) == 0) {
		/* A test that fails does not come to server_stop. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pipefd[0]);
		serve(fd, pipefd[1], &s);
	}
	close(fd);
	close(pipefd[1]);
	srv.told = pipefd[0];
	return srv;
}

/* End the server; returns how many requests it saw. */
static inline int
server_stop(struct server *srv)
{
	size_t got = 0;
	ssize_t more;
	char *p;
	int n = 0;

	kill(srv->pid, SIGKILL);
	waitpid(srv->pid, NULL, 0);
	while ((more = read(srv->told, srv->asked + got,
	    sizeof(srv->asked) - 1 - got)) > 0)
		got += (size_t)more;
	close(srv->told);
	srv->asked[got] = '\0';
	for (p = srv->asked; *p != '\0'; p++)
		n += *p == '\n';
	return n;
}

#endif
