/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes give a trace or a reason, never a crash, a leak or a hang; and lines of any log a
 * request or a reason. A trace that is good reads the same twice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/import.h"
#include "sim/scenario/trace_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int scan(const uint8_t *data, size_t size, struct trace_info *info)
{
    char why[256] = "";
    FILE *in = fmemopen((void *)(uintptr_t)data, size, "rb");
    int failed;

    if (!in)
        return -1;
    failed = trace_scan(in, "fuzz", info, why, sizeof why);
    if ((failed != 0) != (why[0] != '\0'))
        abort();
    return failed;
}

static void read_twice(const uint8_t *data, size_t size)
{
    struct trace_info first, second;

    if (size == 0 || scan(data, size, &first))
        return;
    if (first.count == 0 || first.last < first.first || first.first < 0 || first.work < 0.0)
        abort();
    if (scan(data, size, &second) || first.hash != second.hash || first.count != second.count)
        abort();
}

/* Each reader of a log gets a copy that it may cut up. */
static void read_logs(const char *line)
{
    struct import_table table = { .replication = -1 };
    struct import_record record;
    char *copy = strdup(line), room[256];
    bool skip;

    if (!import_nginx(copy, &record) && record.bytes < 0)
        abort();
    strcpy(copy, line);
    if (!import_haproxy(copy, &record) && (record.work < 0 || !record.key))
        abort();
    strcpy(copy, line);
    if (!import_header(&table, IMPORT_CSV, copy, room)) {
        strcpy(copy, line);
        import_row(&table, IMPORT_CSV, copy, &record, &skip);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *line, *save = NULL;

    read_twice(data, size);
    memcpy(text, data, size);
    text[size] = '\0';
    for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        read_logs(line);
    free(text);
    return 0;
}
