/*
 * Taking back what fell into another row than was meant.
 */
#ifndef STRAY_H
#define STRAY_H

#include <stddef.h>

struct campaign;
struct dialer;
struct sheet_write;
struct table;

/* Of the n writes those that hit another row and show no call there; before is
 * the sheet as it was when their rows were found, with the layout of today. */
void	 stray_undo(struct dialer *, struct campaign *,
	    const struct table *before, const struct sheet_write *, size_t n);

#endif
