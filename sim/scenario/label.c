/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/label.h"

#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"

/* The given ones first among those that are the same. */
static int by_text(const void *a, const void *b)
{
    const struct label *x = a, *y = b;
    int order = strcmp(x->text, y->text);

    if (!order)
        order = y->given - x->given;
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static int by_index(const void *a, const void *b)
{
    const struct label *x = a, *y = b;

    return (x->index > y->index) - (x->index < y->index);
}

static void clash(struct reader *reader, const struct label *label)
{
    const struct trail here = { NULL, "policies", label->index };

    complain(reader, &here, label->node, "the label \"%s\" is taken: give it one of its own",
             label->text);
}

/* Numbers the labels of one sorted run that are the same. */
static void number_run(struct reader *reader, struct label *labels, uint32_t n)
{
    uint32_t i;

    for (i = 1; i < n; i++) {
        if (labels[i].given) {
            clash(reader, &labels[i]);
            continue;
        }
        labels[i].text = arena_print(reader->arena, "%s #%u", labels[0].text, (unsigned)i + 1);
        reader->no_memory |= !labels[i].text;
    }
}

static uint32_t run_length(const struct label *labels, uint32_t n)
{
    uint32_t i = 1;

    while (i < n && !strcmp(labels[i].text, labels[0].text))
        i++;
    return i;
}

bool labels_settle(struct reader *reader, struct label *labels, uint32_t n)
{
    uint32_t before = diagnostics_errors(reader->said), i, length;

    qsort(labels, n, sizeof *labels, by_text);
    for (i = 0; i < n; i += length) {
        length = run_length(labels + i, n - i);
        number_run(reader, labels + i, length);
    }
    if (diagnostics_errors(reader->said) != before || reader->no_memory)
        return false;
    qsort(labels, n, sizeof *labels, by_text);
    for (i = 1; i < n; i++)
        if (!strcmp(labels[i].text, labels[i - 1].text))
            clash(reader, &labels[i]);
    qsort(labels, n, sizeof *labels, by_index);
    return diagnostics_errors(reader->said) == before;
}
