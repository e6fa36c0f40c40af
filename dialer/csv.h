/*
 * A CSV file as a sheet.
 */
#ifndef CSV_H
#define CSV_H

struct sheet;

/* The file at path as a sheet; it is opened anew for each read and write.
 * NULL only when out of memory. */
struct sheet	*csv_sheet(const char *path);

#endif
