/*
 * A closed loop of webhooks: each connection sends the next one as soon as
 * the last is answered, and every acknowledgement is written down in memory
 * shared with soak.py, so that it can be held against the journal.
 *
 * usage: load PORT PATH TEMPLATES LEDGER BODIES CONNECTIONS SEED
 *
 * TEMPLATES holds the bodies, one a line, LIFE of them for each kind of call;
 * after an empty line those that deserve 400.  "@CALL@" stands for the twelve
 * digits by which calls differ.  BODIES is how many different ones there are.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define MARK		"@CALL@"
#define DIGITS		12
#define LIFE		5	/* bodies about one call */
#define ROUND		100	/* calls that are on their way together */
#define STEP		618033989ULL
#define FORGED		1000000000ULL	/* calls that nobody may speak of */
#define MAX_BODY	16384
#define MAX_LINES	512
#define TIMEOUT		30	/* seconds; more than any answer may take */

struct load {
	struct ledger	*ledger;
	uint64_t	 bodies;
	const char	*path;
	int		 port;
	char		*good[MAX_LINES], *bad[MAX_LINES];
	size_t		 ngood, nbad;
};

struct client {
	struct load	*load;
	pthread_t	 thread;
	const char	*address;	/* where it comes from */
	int		 admitted;	/* and is that on the list? */
	int		 fd;
	uint64_t	 dice;
	char		 head[512], body[MAX_BODY], answer[4096];
	size_t		 size;
};

struct shot {
	uint64_t	 body;		/* number, when it is a good one */
	const char	*secret;	/* appended to the path: a wrong secret */
	int		 good;
	int		 acked;		/* before it was sent this time */
};

static uint64_t
roll(struct client *c)
{
	c->dice ^= c->dice << 13;
	c->dice ^= c->dice >> 7;
	c->dice ^= c->dice << 17;
	return c->dice;
}

static void
fill(struct client *c, const char *template, uint64_t call)
{
	char digits[DIGITS + 1];
	const char *at;
	char *to = c->body;

	snprintf(digits, sizeof(digits), "%012llu",
	    (unsigned long long)call);
	for (; (at = strstr(template, MARK)) != NULL;
	    template = at + strlen(MARK)) {
		to = mempcpy(to, template, (size_t)(at - template));
		to = mempcpy(to, digits, DIGITS);
	}
	c->size = (size_t)(stpcpy(to, template) - c->body);
}

/* The calls of a round take turns; those with odd numbers tell their story in
 * another order.  webhooks.py has the same arithmetic. */
static void
fill_numbered(struct client *c, uint64_t n)
{
	struct load *l = c->load;
	uint64_t call = n / (ROUND * LIFE) * ROUND + n % ROUND;
	uint64_t step = n / ROUND % LIFE;
	uint64_t kind = call % (l->ngood / LIFE);

	if (call % 2 == 1)
		step = (3 * step + call) % LIFE;
	fill(c, l->good[kind * LIFE + step], call * STEP % FORGED);
}

/* A new body if there may be one, else one that was sent before. */
static uint64_t
pick(struct client *c)
{
	struct ledger *g = c->load->ledger;
	uint64_t n = g->next;

	if (roll(c) % 10 != 0)
		while (n < g->limit && n < c->load->bodies)
			if (atomic_compare_exchange_weak(&g->next, &n, n + 1))
				return n;
	if (n == 0)
		return atomic_fetch_add(&g->next, 1);
	/* Half of them soon after, while the first may be on its way still. */
	if (roll(c) % 2 == 0 && n > ROUND)
		return n - 1 - roll(c) % ROUND;
	return roll(c) % n;
}

static void
aim(struct client *c, struct shot *s)
{
	struct load *l = c->load;
	uint64_t dice = roll(c) % 100;

	memset(s, 0, sizeof(*s));
	if (!c->admitted || dice < 2) {
		fill(c, l->good[roll(c) % l->ngood], FORGED +
		    roll(c) % FORGED);
		s->secret = c->admitted ? "x" : "";
	} else if (dice < 5) {
		fill(c, l->bad[roll(c) % l->nbad], FORGED + roll(c) % FORGED);
		s->secret = "";
	} else {
		s->secret = "";
		s->good = 1;
		s->body = pick(c);
		s->acked = l->ledger->mark[s->body] & ACKED;
		l->ledger->mark[s->body] |= SENT;
		fill_numbered(c, s->body);
	}
}

static int
reach(struct client *c)
{
	struct sockaddr_in from = { .sin_family = AF_INET }, to = from;
	struct timeval limit = { .tv_sec = TIMEOUT };
	int on = 1;

	inet_pton(AF_INET, c->address, &from.sin_addr);
	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	to.sin_port = htons((uint16_t)c->load->port);
	if ((c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
	    sizeof(on));
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (bind(c->fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
	    connect(c->fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return 0;
	close(c->fd);
	c->fd = -1;
	return -1;
}

static int
transmit(struct client *c, const struct shot *s)
{
	struct iovec part[2];
	struct msghdr msg = { .msg_iov = part, .msg_iovlen = 2 };
	int n = snprintf(c->head, sizeof(c->head), "POST %s%s HTTP/1.1\r\n"
	    "Host: localhost\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n", c->load->path, s->secret, c->size);

	part[0].iov_base = c->head;
	part[0].iov_len = (size_t)n;
	part[1].iov_base = c->body;
	part[1].iov_len = c->size;
	return sendmsg(c->fd, &msg, MSG_NOSIGNAL) ==
	    (ssize_t)(part[0].iov_len + part[1].iov_len) ? 0 : -1;
}

/* Is the answer whole?  The receiver's is chunked, nginx's own has a length. */
static int
whole(const char *answer, const char *text, size_t got)
{
	const char *length = strcasestr(answer, "\nContent-Length:");

	if (length != NULL && length < text)
		return got >= (size_t)(text - answer) +
		    strtoul(length + 16, NULL, 10);
	return strstr(text - 2, "\r\n0\r\n\r\n") != NULL;
}

/* The status, or -1 when there was no whole answer. */
static int
receive(struct client *c)
{
	size_t got = 0;
	ssize_t n;
	char *text;
	int status;

	for (;;) {
		n = recv(c->fd, c->answer + got, sizeof(c->answer) - 1 - got,
		    0);
		if (n <= 0)
			return -1;
		got += (size_t)n;
		c->answer[got] = '\0';
		text = strstr(c->answer, "\r\n\r\n");
		if (text != NULL && whole(c->answer, text + 4, got))
			break;
	}
	if (sscanf(c->answer, "HTTP/1.1 %d", &status) != 1)
		return -1;
	if (strcasestr(c->answer, "\nConnection: close") != NULL) {
		close(c->fd);
		c->fd = -1;
	}
	return status;
}

static enum outcome
judge(const struct client *c, const struct shot *s, int status)
{
	if (status == -1 || (status >= 502 && status <= 504))
		return O_MISSED;
	if (!c->admitted)
		return status == 403 || status == 429 ? O_REFUSED : O_WRONG;
	if (s->secret[0] != '\0')
		return status == 404 ? O_REFUSED : O_WRONG;
	if (!s->good)
		return status == 400 ? O_REFUSED : O_WRONG;
	if (status != 200)
		return O_WRONG;
	if (strstr(c->answer, "\"already known\"") != NULL)
		return O_KNOWN;
	return s->acked ? O_FORGOTTEN : O_STORED;
}

static void
complain(const struct client *c, int status, enum outcome outcome)
{
	const char *text = strstr(c->answer, "\r\n\r\n");

	warnx("%s: %d: %.200s\n%.600s", outcome == O_WRONG ? "wrong answer" :
	    "acknowledged and forgotten", status, text == NULL ? "" : text,
	    c->body);
}

static void
fire(struct client *c)
{
	struct ledger *g = c->load->ledger;
	uint64_t phase = g->phase;
	enum outcome outcome;
	struct shot s;
	int status = -1;

	c->answer[0] = '\0';
	aim(c, &s);
	if (c->fd != -1 || reach(c) == 0) {
		if (transmit(c, &s) == 0)
			status = receive(c);
		if (status == -1) {
			close(c->fd);
			c->fd = -1;
		}
	}
	outcome = judge(c, &s, status);
	g->count[phase][outcome]++;
	if (s.good && status == 200)
		g->mark[s.body] |= ACKED;
	if (outcome == O_WRONG || outcome == O_FORGOTTEN)
		complain(c, status, outcome);
	if (outcome == O_MISSED)
		usleep(2000);		/* the receiver is being restarted */
	else if (!c->admitted)
		usleep(50000);		/* a knock at the door, no battering */
}

static void *
run(void *arg)
{
	struct client *c = arg;

	c->fd = -1;
	while (!c->load->ledger->stop)
		fire(c);
	if (c->fd != -1)
		close(c->fd);
	return NULL;
}

static void
read_templates(struct load *l, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int bad = 0;

	if (f == NULL)
		err(1, "%s", path);
	while ((n = getline(&line, &room, f)) > 0) {
		line[n - 1] = '\0';
		if (n == 1)
			bad = 1;
		else if (n >= MAX_BODY || l->ngood >= MAX_LINES ||
		    l->nbad >= MAX_LINES)
			errx(1, "%s: too much", path);
		else if (bad)
			l->bad[l->nbad++] = strdup(line);
		else
			l->good[l->ngood++] = strdup(line);
	}
	free(line);
	fclose(f);
	if (l->ngood == 0 || l->ngood % LIFE != 0 || l->nbad == 0)
		errx(1, "%s: not %d bodies for each kind", path, LIFE);
}

static struct ledger *
map_ledger(const char *path, uint64_t bodies)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat sb;
	void *p;

	if (fd == -1 || fstat(fd, &sb) == -1)
		err(1, "%s", path);
	if ((uint64_t)sb.st_size < sizeof(struct ledger) + bodies)
		errx(1, "%s: too small", path);
	p = mmap(NULL, (size_t)sb.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	if (p == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	return p;
}

int
main(int argc, char **argv)
{
	struct load load = { 0 };
	struct client *clients;
	int n, i;

	if (argc != 8)
		errx(1, "usage: load PORT PATH TEMPLATES LEDGER BODIES "
		    "CONNECTIONS SEED");
	/* Nobody else would end it if soak.py were killed. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	load.port = atoi(argv[1]);
	load.path = argv[2];
	read_templates(&load, argv[3]);
	load.bodies = strtoull(argv[5], NULL, 10);
	load.ledger = map_ledger(argv[4], load.bodies);
	n = atoi(argv[6]) + 2;
	if ((clients = calloc((size_t)n, sizeof(*clients))) == NULL)
		err(1, NULL);
	for (i = 0; i < n; i++) {
		clients[i].load = &load;
		/* One that nginx turns away, one that the receiver does. */
		clients[i].address = i == 0 ? "127.0.0.5" :
		    i == 1 ? "127.0.0.1" : "127.0.0.2";
		clients[i].admitted = i > 1;
		clients[i].dice = (strtoull(argv[7], NULL, 10) + 1) *
		    0x9e3779b97f4a7c15ULL + (uint64_t)i * STEP;
		if (pthread_create(&clients[i].thread, NULL, run,
		    &clients[i]) != 0)
			errx(1, "no thread");
	}
	for (i = 0; i < n; i++)
		pthread_join(clients[i].thread, NULL);
	return 0;
}
