/* Another way to the answers of window_next: every minute of six weeks is
 * looked up on every clock.  Zones, hours, holidays and moments are dealt out
 * at random, from a seed that stays. */
#include "unit.h"

#include <time.h>

#include "window.h"

#define DAY	86400
#define MINUTES	((WINDOW_DAYS + 2) * 1440)
#define DEALS	60

static const char *const zones[] = { "America/New_York", "Europe/London",
    "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham",
    "Asia/Kolkata", "America/St_Johns", "Africa/Casablanca", "Asia/Gaza",
    "America/Havana", "America/Santiago", "Asia/Beirut", "Africa/Cairo",
    "America/Nuuk", "America/Scoresbysund", "Europe/Dublin",
    "Antarctica/Troll", "Australia/Adelaide", "Pacific/Kiritimati",
    "Pacific/Pago_Pago", "America/Los_Angeles", "Pacific/Honolulu",
    "Asia/Tehran", "America/Asuncion", "UTC" };

/* One question, and what was dealt for it. */
struct deal {
	int64_t	 now;
	size_t	 nzones, zone[3];
	char	 names[3 * 32];
	char	 holidays[12 * 12];
	struct hours hours;
};

static unsigned int seed = 20260821;

static int
below(int n)
{
	return rand_r(&seed) % n;
}

/* Often from or to midnight, that days may touch. */
static void
deal_hours(struct deal *d)
{
	int i, from, to;

	for (i = 0; i < 7; i++) {
		from = below(3) == 0 ? 0 : below(1440);
		to = below(3) == 0 ? 1440 : below(1440) + 1;
		if (below(4) == 0 || from >= to)
			from = to = 0;
		d->hours.day[i].from = from;
		d->hours.day[i].to = to;
	}
}

/* In the years whose rules tzdata knows, half of the time in the months in
 * which clocks change. */
static void
deal_now(struct deal *d)
{
	static const int months[] = { 2, 3, 8, 9, 10 };
	struct tm tm = { .tm_year = 110 + below(26), .tm_mon = below(2) ?
	    months[below(LENGTH(months))] : below(12), .tm_mday = 1 };

	d->now = timegm(&tm) + below(31 * DAY);
}

static void
deal(struct deal *d)
{
	char why[WEEK_WHY];
	time_t day;
	int i;

	memset(d, 0, sizeof(*d));
	deal_hours(d);
	deal_now(d);
	d->nzones = 1 + (size_t)below(3);
	for (i = 0; i < (int)d->nzones; i++) {
		d->zone[i] = (size_t)below(LENGTH(zones));
		strcat(d->names, i == 0 ? "" : ",");
		strcat(d->names, zones[d->zone[i]]);
	}
	for (i = below(12); i > 0; i--) {
		day = (time_t)d->now + (below(12) - 2) * DAY;
		strftime(d->holidays + strlen(d->holidays), 12, "%Y-%m-%d\n",
		    gmtime(&day));
	}
	assert_int_equal(week_holidays(&d->hours, d->holidays, why), 0);
}

/* May people be called now, as their wall clock and calendar have it? */
static int
may(const struct deal *d, time_t t)
{
	struct tm tm;
	char date[16];
	int minute;

	localtime_r(&t, &tm);
	minute = tm.tm_hour * 60 + tm.tm_min;
	if (minute < d->hours.day[tm.tm_wday].from ||
	    minute >= d->hours.day[tm.tm_wday].to)
		return 0;
	strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	return strstr(d->holidays, date) == NULL;
}

/* What is left open of the minutes from begin on. */
static void
look(const struct deal *d, int64_t begin, char open[MINUTES])
{
	size_t z;
	int i;

	memset(open, 1, MINUTES);
	for (z = 0; z < d->nzones; z++) {
		setenv("TZ", zones[d->zone[z]], 1);
		tzset();
		for (i = 0; i < MINUTES; i++)
			if (open[i])
				open[i] = (char)may(d, begin + i * 60);
	}
}

/* The answer that the minutes give. */
static int
answer(const struct deal *d, int64_t *opens, int64_t *closes)
{
	int64_t begin = d->now / DAY * DAY - DAY;
	static char open[MINUTES];
	int from = (int)((d->now - begin) / 60), to;

	look(d, begin, open);
	while (from < MINUTES && !open[from])
		from++;
	if (from == MINUTES || begin + from * 60 >= d->now +
	    WINDOW_DAYS * DAY)
		return 1;
	for (to = from; to < MINUTES && open[to]; to++)
		;
	while (from > 0 && open[from - 1])
		from--;
	*opens = begin + from * 60;
	*closes = begin + to * 60;
	return 0;
}

static void
test_every_minute_of_six_weeks_agrees(void **state)
{
	int64_t opens = 0, closes = 0, want_opens = 0, want_closes = 0;
	int i, want, got, never = 0;
	struct deal d;

	(void)state;
	for (i = 0; i < DEALS; i++) {
		deal(&d);
		want = answer(&d, &want_opens, &want_closes);
		got = window_next(d.names, &d.hours, d.now, &opens, &closes);
		if (got != want || (got == 0 && (opens != want_opens ||
		    closes != want_closes)))
			fail_msg("deal %d: %s at %lld: %d %lld-%lld, not %d "
			    "%lld-%lld", i, d.names, (long long)d.now, got,
			    (long long)opens, (long long)closes, want,
			    (long long)want_opens, (long long)want_closes);
		never += want;
		week_free(&d.hours);
	}
	/* Both kinds of answers were dealt. */
	assert_in_range(never, 1, DEALS / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_minute_of_six_weeks_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
