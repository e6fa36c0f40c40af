/*
 * Settings: what is accepted can be printed and read back as the same.
 */
#include "fuzz.h"

#include <sys/mman.h>

#include "conf.h"

static struct conf *
read_text(const char *text, size_t size)
{
	struct conf *c;
	char path[32];
	int fd = memfd_create("conf", MFD_CLOEXEC);

	CLAIM(fd != -1 && write(fd, text, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	c = conf_read(path, NULL, 0);
	close(fd);
	return c;
}

static char *
dump(const struct conf *c)
{
	char *text = NULL;
	size_t size;
	FILE *fp = open_memstream(&text, &size);

	CLAIM(fp != NULL);
	conf_dump(c, fp);
	CLAIM(fclose(fp) == 0 && strlen(text) == size);
	return text;
}

static void
sound(const struct conf *c)
{
	const struct conf_campaign *p;
	size_t i;

	CLAIM(c->linger >= 0 && c->linger <= 58);
	for (i = 0; i < c->naccounts; i++)
		CLAIM(c->accounts[i].bolna_key[0] == '@');
	for (i = 0; i < c->ncampaigns; i++) {
		p = &c->campaigns[i];
		CLAIM(conf_account(c, p->account) != NULL);
		CLAIM(p->agent_id != NULL && p->sheet != NULL);
		CLAIM(p->cap_day >= CONF_NONE && p->minute_cost >= 0);
		CLAIM(p->calls_per_pass >= 0 && p->calls_per_pass <= 1000);
		CLAIM(p->max_live >= 1 && p->max_attempts >= 1);
	}
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_begin();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *c, *again;
	char *first, *second;

	if ((c = read_text((const char *)data, size)) == NULL)
		return 0;
	/* A line must not hide its end behind a NUL. */
	CLAIM(memchr(data, '\0', size) == NULL);
	sound(c);
	first = dump(c);
	again = read_text(first, strlen(first));
	CLAIM(again != NULL);
	second = dump(again);
	CLAIM(strcmp(first, second) == 0);
	conf_free(c);
	conf_free(again);
	free(first);
	free(second);
	return 0;
}
