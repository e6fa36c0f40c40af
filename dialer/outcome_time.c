/*
 * The time that a person names: "tomorrow at 5", "kal shaam 5 baje", "after
 * two hours", an ISO date.  The last day and the last hour that are named
 * count, so that what is said in two answers comes together.  Nothing is
 * guessed: 3/4 is no date.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "outcome_int.h"
#include "outcome_time.h"
#include "window.h"

#define DAY		86400

struct reader {
	const struct words *w;
	struct said_time s;
	size_t		 part_at;	/* where the part of the day was said */
};

/* --- words --- */

static const struct {
	const char	*words;
	int		 n;
} numbers[] = {
	{ "|one|ek|एक|una|uno|un|une|eins|eine|einer|", 1 },
	{ "|two|couple|do|दो|dos|deux|zwei|", 2 },
	{ "|three|teen|tin|तीन|tres|trois|drei|", 3 },
	{ "|four|char|chaar|चार|cuatro|quatre|vier|", 4 },
	{ "|five|paanch|panch|पांच|cinco|cinq|funf|", 5 },
	{ "|six|chhe|che|chah|chhah|छह|छः|seis|sechs|", 6 },
	{ "|seven|saat|सात|siete|sept|sieben|", 7 },
	{ "|eight|aath|आठ|ocho|huit|acht|", 8 },
	{ "|nine|nau|नौ|nueve|neuf|neun|", 9 },
	{ "|ten|das|दस|diez|dix|zehn|", 10 },
	{ "|eleven|gyarah|gyara|ग्यारह|onze|elf|", 11 },
	{ "|twelve|barah|bara|बारह|doce|douze|zwolf|", 12 },
	{ "|fifteen|pandrah|quince|", 15 },
	{ "|twenty|bees|veinte|zwanzig|", 20 },
	{ "|thirty|tees|treinta|", 30 },
	{ "|fortyfive|", 45 },
};

static const char weekdays[7][160] = {
	"|sunday|ravivar|raviwar|itvar|itwar|रविवार|इतवार|domingo|dimanche|"
	    "sonntag|",
	"|monday|somvar|somwar|सोमवार|lunes|lundi|montag|",
	"|tuesday|mangalvar|mangalwar|मंगलवार|martes|mardi|dienstag|",
	"|wednesday|budhvar|budhwar|बुधवार|miercoles|mercredi|mittwoch|",
	"|thursday|guruvar|guruwar|brihaspativar|गुरुवार|jueves|jeudi|"
	    "donnerstag|",
	"|friday|shukravar|shukrawar|शुक्रवार|viernes|vendredi|freitag|",
	"|saturday|shanivar|shaniwar|शनिवार|sabado|samedi|samstag|",
};

static const char months[12][80] = {
	"|january|jan|enero|janvier|januar|", "|february|feb|febrero|fevrier|",
	"|march|marzo|mars|marz|", "|april|apr|abril|avril|",
	"|may|mayo|mai|", "|june|jun|junio|juin|juni|",
	"|july|jul|julio|juillet|juli|", "|august|aug|agosto|aout|",
	"|september|sep|sept|septiembre|", "|october|oct|octubre|oktober|",
	"|november|nov|noviembre|", "|december|dec|diciembre|dezember|",
};

#define UNIT_MINUTE	"|minute|minutes|min|mins|minat|मिनट|minuto|" \
			"minutos|minuten|"
#define UNIT_HOUR	"|hour|hours|hr|hrs|ghanta|ghante|ghanton|घंटा|" \
			"घंटे|" \
			"hora|horas|heure|heures|stunde|stunden|"
#define UNIT_DAY	"|day|days|din|दिन|dia|dias|jour|jours|tag|tage|" \
			"tagen|"
#define UNIT_WEEK	"|week|weeks|hafta|hafte|हफ्ते|semana|semanas|" \
			"semaine|semaines|woche|wochen|"

static const char *
get(const struct reader *r, size_t i)
{
	return words_get(r->w, i);
}

static int
is(const struct reader *r, size_t i, const char *list)
{
	return words_among(list, get(r, i));
}

static int
before(const struct reader *r, size_t i, size_t n, const char *list)
{
	return i >= n && is(r, i - n, list);
}

/* All digits, at most four; or a number word; -1. */
static int
number(const struct reader *r, size_t i)
{
	const char *s = get(r, i);
	size_t n = strspn(s, "0123456789"), k;

	if (n > 0)
		return n <= 4 && s[n] == '\0' ? atoi(s) : -1;
	for (k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++)
		if (is(r, i, numbers[k].words))
			return numbers[k].n;
	return -1;
}

/* --- days --- */

static void
set_day(struct reader *r, enum said_day day, int64_t amount)
{
	if (day == WEEKDAY && r->s.day == DATE) {
		r->s.named = (int)amount;
		return;
	}
	if (day == DATE && r->s.day == WEEKDAY)
		r->s.named = (int)r->s.amount;
	else if (day == DATE)
		r->s.named = -1;
	r->s.day = day;
	r->s.amount = amount;
}

static void
set_date(struct reader *r, int year, int month, int mday)
{
	if (month < 0 || month > 12 || mday < 1 || mday > 31) {
		set_day(r, BAD_DAY, 0);
		return;
	}
	set_day(r, DATE, 0);
	r->s.year = year;
	r->s.month = month;
	r->s.mday = mday;
}

/* "2026-11-23", with or without a time: 1 when it is one. */
static int
read_iso(struct reader *r, const char *s)
{
	struct tm tm = { 0 };
	int year, mon, day, n = 0, h, m, sec = 0, oh = 0, om = 0;
	char sign;
	const char *p;

	if (sscanf(s, "%4d-%2d-%2d%n", &year, &mon, &day, &n) != 3 || n != 10)
		return 0;
	set_date(r, year, mon, day);
	if (s[10] != 't' || sscanf(s + 11, "%2d:%2d:%2d", &h, &m, &sec) < 2)
		return 1;
	r->s.hour = h;
	r->s.minute = m;
	r->s.exact = 1;
	if ((p = strpbrk(s + 11, "z+-")) == NULL || r->s.day == BAD_DAY)
		return 1;
	if (*p != 'z' && sscanf(p, "%c%2d:%2d", &sign, &oh, &om) < 2)
		return 1;
	tm.tm_year = year - 1900;
	tm.tm_mon = mon - 1;
	tm.tm_mday = day;
	tm.tm_hour = h;
	tm.tm_min = m;
	tm.tm_sec = sec;
	set_day(r, EXACT, (int64_t)timegm(&tm) - (*p == '-' ? -1 : 1) *
	    (oh * 3600 + om * 60));
	return 1;
}

/* "23/11" or "23.11.2026": day first, unless only the other way is a date. */
static int
read_numeric(struct reader *r, const char *s)
{
	int a, b, year = 0, n = 0;
	char c;

	if (sscanf(s, "%2d%c%2d%n", &a, &c, &b, &n) != 3 ||
	    strchr("/-.", c) == NULL || (c != '/' && s[n] == '\0'))
		return 0;
	if (s[n] != '\0' && (s[n] != c || sscanf(s + n + 1, "%4d", &year) !=
	    1))
		return 0;
	if (year != 0 && year < 100)
		year += 2000;
	if (a <= 12 && b <= 12 && a != b)
		set_day(r, BAD_DAY, 0);		/* either could be the month */
	else if (a > 12)
		set_date(r, year, b, a);
	else
		set_date(r, year, a, b);
	return 1;
}

static int
month_at(const struct reader *r, size_t i)
{
	int m;

	for (m = 0; m < 12; m++)
		if (is(r, i, months[m]))
			return m + 1;
	return 0;
}

/* "23" or "23rd": the number, or 0. */
static int
ordinal(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 0 && n <= 2 && words_among("|st|nd|rd|th|", s + n) ?
	    atoi(s) : 0;
}

static int
day_of_month(const char *s)
{
	return strlen(s) <= 2 && s[strspn(s, "0123456789")] == '\0' ?
	    atoi(s) : ordinal(s);
}

/* "23 November", "November 23rd", "the 23rd". */
static int
read_month(struct reader *r, size_t i)
{
	int month = month_at(r, i), day = 0, year;

	if (month == 0) {
		if ((day = ordinal(get(r, i))) == 0 || month_at(r, i + 1) ||
		    before(r, i, 1, "|century|"))
			return 0;
		set_date(r, 0, 0, day);
		return 1;
	}
	if (i >= 2 && is(r, i - 1, "|of|de|"))
		day = day_of_month(get(r, i - 2));
	else if (i >= 1)
		day = day_of_month(get(r, i - 1));
	year = day != 0 ? number(r, i + 1) : number(r, i + 2);
	if (day == 0)
		day = day_of_month(get(r, i + 1));
	if (day == 0)
		return 0;
	set_date(r, year >= 2000 ? year : 0, month, day);
	return 1;
}

/* "Not tomorrow", "not on Monday". */
static int
excluded(const struct reader *r, size_t i)
{
	return before(r, i, 1, "|not|except|") || (before(r, i, 2, "|not|") &&
	    before(r, i, 1, "|on|for|next|this|"));
}

static void
set_part(struct reader *r, size_t i, enum said_part part)
{
	r->s.part = part;
	r->part_at = i;
}

static int
read_relative(struct reader *r, size_t i)
{
	if (is(r, i, "|tomorrow|today|") && excluded(r, i))
		return 1;
	if (is(r, i, "|today|aaj|आज|hoy|heute|இன்று|tonight|")) {
		set_day(r, AFTER_DAYS, 0);
		if (is(r, i, "|tonight|"))
			set_part(r, i, NIGHT);
	} else if (is(r, i, "|parso|parson|परसों|ubermorgen|") ||
	    (is(r, i, "|tomorrow|") && before(r, i, 1, "|after|") &&
	    before(r, i, 2, "|day|")) || (is(r, i, "|manana|") &&
	    before(r, i, 1, "|pasado|"))) {
		set_day(r, AFTER_DAYS, 2);
	} else if (is(r, i, "|manana|") && before(r, i, 1, "|la|")) {
		set_part(r, i, MORNING);
	} else if (is(r, i, "|tomorrow|kal|कल|manana|morgen|demain|நாளை|")) {
		set_day(r, AFTER_DAYS, 1);
	} else if (is(r, i, UNIT_WEEK) &&
	    before(r, i, 1, "|next|agle|agale|अगले|proxima|nachste|")) {
		set_day(r, AFTER_DAYS, 7);
	} else {
		return 0;
	}
	return 1;
}

static int
read_weekday(struct reader *r, size_t i)
{
	int d;

	for (d = 0; d < 7; d++)
		if (is(r, i, weekdays[d])) {
			if (!excluded(r, i))
				set_day(r, WEEKDAY, d);
			return 1;
		}
	return 0;
}

/* --- "in two hours", "do ghante baad" --- */

static int64_t
unit(const struct reader *r, size_t i)
{
	return is(r, i, UNIT_MINUTE) ? 60 : is(r, i, UNIT_HOUR) ? 3600 :
	    is(r, i, UNIT_DAY) ? DAY : is(r, i, UNIT_WEEK) ? 7 * DAY : 0;
}

/* Half an hour and the like: the seconds of the unit at i, as many as the
 * words before it say; how many words those are in *n. */
static int64_t
quantity(const struct reader *r, size_t i, size_t *n)
{
	int64_t u = unit(r, i);
	int k;

	*n = 1;
	if (i == 0)
		return 0;
	if (is(r, i - 1, "|half|aadha|aadhe|adhe|आधे|media|halbe|halben|"
	    "halber|demi|"))
		return u / 2;
	if (is(r, i - 1, "|dedh|डेढ|"))
		return u * 3 / 2;
	if (is(r, i - 1, "|dhai|ढाई|"))
		return u * 5 / 2;
	if (is(r, i - 1, "|of|") && before(r, i, 2, "|couple|")) {
		*n = 2;
		return 2 * u;
	}
	if (is(r, i - 1, "|a|an|")) {
		*n = 2;
		return before(r, i, 2, "|half|") ? u / 2 : (*n = 1, u);
	}
	k = number(r, i - 1);
	return k > 0 && k < 1000 ? k * u : 0;
}

static int
read_duration(struct reader *r, size_t i)
{
	int64_t secs;
	size_t n, next = i + 1;

	if (unit(r, i) == 0 || (secs = quantity(r, i, &n)) == 0)
		return 0;
	if (is(r, next, "|ke|के|"))
		next++;
	if (!before(r, i, n + 1, "|in|after|within|en|de|dans|nach|a|about|"
	    "around|") && !is(r, next, "|baad|bad|mein|me|later|from|बाद|में|"
	    "hence|"))
		return 0;
	if (secs % DAY == 0)
		set_day(r, AFTER_DAYS, secs / DAY);
	else
		set_day(r, AFTER_SECS, secs);
	return 1;
}

/* --- hours --- */

static int
read_part(struct reader *r, size_t i)
{
	if (is(r, i, "|morning|subah|सुबह|vormittag|matin|காலை|"))
		set_part(r, i, MORNING);
	else if (is(r, i, "|afternoon|dopahar|दोपहर|nachmittag|") ||
	    (is(r, i, "|tarde|") && !before(r, i, 1, "|mas|")))
		set_part(r, i, AFTERNOON);
	else if (is(r, i, "|evening|shaam|sham|शाम|abend|soir|மாலை|"))
		set_part(r, i, EVENING);
	else if (is(r, i, "|night|raat|रात|noche|nacht|"))
		set_part(r, i, NIGHT);
	else
		return 0;
	return 1;
}

/* A part of the day that was named some words before is another's. */
static void
set_hour(struct reader *r, size_t i, int hour, int minute, int exact)
{
	if (hour > 24 || minute > 59)
		return;
	r->s.hour = hour;
	r->s.minute = minute;
	r->s.exact = exact || hour > 12 || hour == 0;
	if (i > r->part_at + 2)
		r->s.part = NO_PART;
}

/* "am", "pm" and the like after an hour. */
static void
read_half(struct reader *r, const char *s)
{
	if (strcmp(s, "am") == 0) {
		r->s.hour = r->s.hour == 12 ? 0 : r->s.hour;
		r->s.exact = 1;
	} else if (strcmp(s, "pm") == 0) {
		r->s.hour = r->s.hour < 12 ? r->s.hour + 12 : r->s.hour;
		r->s.exact = 1;
	}
}

/* Is the number at i the hour of a clock, by the words around it?  One in
 * words is more often something else. */
static int
is_clock(const struct reader *r, size_t i, size_t next)
{
	static const char parts[] = "|morning|subah|सुबह|afternoon|dopahar|"
	    "दोपहर|evening|shaam|sham|शाम|night|raat|रात|";
	const struct word *w = r->w->w;
	int digits = isdigit((unsigned char)*get(r, i));

	if (is(r, next, "|am|pm|baje|baj|बजे|oclock|uhr|heures|மணிக்கு|"))
		return 1;
	if (before(r, i, 1, "|las|"))
		return 1;
	if (unit(r, next) != 0)
		return 0;
	if (before(r, i, 1, parts) || before(r, i, 1, "|at|by|around|after|um|"
	    "past|saade|sade|साढे|sava|sawa|सवा|paune|पौने|") ||
	    (before(r, i, 1, "|la|") && before(r, i, 2, "|a|")) ||
	    (before(r, i, 1, "|to|") && before(r, i, 2, "|quarter|")))
		return 1;
	if (digits && (is(r, next, parts) || is(r, next, "|tomorrow|kal|कल|") ||
	    before(r, i, 1, "|tomorrow|")))
		return 1;
	if (digits && is(r, next, "|in|de|"))
		return is(r, next + 1, "|the|la|");
	/* A whole answer. */
	return (i == 0 || w[i - 1].sentence != w[i].sentence) &&
	    (next >= r->w->n || w[next].sentence != w[i].sentence);
}

/* "quarter to five", "saade paanch". */
static void
shift(struct reader *r, size_t i)
{
	if (before(r, i, 1, "|past|") && before(r, i, 2, "|half|"))
		r->s.minute = 30;
	else if (before(r, i, 1, "|past|") && before(r, i, 2, "|quarter|"))
		r->s.minute = 15;
	else if (before(r, i, 1, "|saade|sade|साढे|"))
		r->s.minute = 30;
	else if (before(r, i, 1, "|sava|sawa|सवा|"))
		r->s.minute = 15;
	else if (before(r, i, 1, "|paune|पौने|") || (before(r, i, 1,
	    "|to|") && before(r, i, 2, "|quarter|"))) {
		r->s.minute = 45;
		r->s.hour = r->s.hour == 1 ? 12 : r->s.hour - 1;
	}
}

/* "5:30", "5pm", "17h"; or a number among the right words.  Returns how many
 * words it takes, 0 when it is none. */
static size_t
read_clock(struct reader *r, size_t i)
{
	const char *s = get(r, i);
	int h, m = 0, n = 0;
	size_t next = i + 1;
	char sep;

	if (is(r, i, "|noon|midday|mediodia|mittag|midi|")) {
		set_hour(r, i, 12, 0, 1);
		return 1;
	}
	if (sscanf(s, "%2d%c%2d%n", &h, &sep, &m, &n) == 3 && (sep == ':' ||
	    sep == '.') && n >= 4) {
		set_hour(r, i, h, m, s[0] == '0');
		read_half(r, s[n] != '\0' ? s + n : get(r, next));
		return 1;
	}
	if (isdigit((unsigned char)*s) && sscanf(s, "%2d%n", &h, &n) == 1 &&
	    words_among("|am|pm|h|", s + n)) {
		set_hour(r, i, h, 0, s[n] == 'h');
		read_half(r, s + n);
		return 1;
	}
	if ((h = number(r, i)) < 0 || h > 24)
		return 0;
	m = number(r, next);
	if (m >= 10 && m < 60 && m % 5 == 0)
		next++;
	else
		m = 0;
	if (!is_clock(r, i, next))
		return 0;
	set_hour(r, i, h, m, 0);
	if (r->s.hour >= 1 && m == 0)
		shift(r, i);
	read_half(r, get(r, next));
	return next - i;
}

/* --- all of it --- */

int64_t
slot_read(const struct words *w, size_t from, int64_t base, const char *zones)
{
	struct reader r = { .w = w, .s = { .hour = -1, .named = -1 } };
	char zone[65];
	size_t i, n;

	zones += strspn(zones, " ,");
	n = strcspn(zones, " ,");
	if (n >= sizeof(zone))
		return -1;
	memcpy(zone, zones, n);
	zone[n] = '\0';
	if (!window_zone_known(zone))
		return -1;
	window_localtime(zone);
	for (i = from; i < w->n; i += n) {
		n = 1;
		if (!read_iso(&r, get(&r, i)) &&
		    !read_numeric(&r, get(&r, i)) && !read_month(&r, i) &&
		    !read_relative(&r, i) && !read_weekday(&r, i) &&
		    !read_duration(&r, i) && !read_part(&r, i))
			n = read_clock(&r, i);
		n = n == 0 ? 1 : n;
	}
	return said_time(&r.s, base);
}

int64_t
slot_read_text(const char *s, int64_t base, const char *zones)
{
	struct words w = { 0 };
	int64_t at;

	words_add(&w, s, strlen(s), 0, 0);
	at = slot_read(&w, 0, base, zones);
	words_free(&w);
	return at;
}
