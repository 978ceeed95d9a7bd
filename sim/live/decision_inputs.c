/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/decision_inputs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/live/decision_view.h"

enum { COLUMNS = 8, NAME = 10, CELL = 11, CELL_TEXT = 32 };

struct page {
    char *text;
    size_t room, n;
    lb_server seat[COLUMNS];
    uint32_t seats;
};

static void put(struct page *page, const char *text)
{
    const size_t length = strlen(text);

    if (page->n + length + 1 > page->room)
        return;
    memcpy(page->text + page->n, text, length + 1);
    page->n += length;
}

static void write_value(char text[CELL_TEXT], enum decision_type type, const void *at)
{
    uint16_t narrow;
    uint32_t number;
    uint64_t wide;
    float real;

    switch (type) {
    case DECISION_U16:
        memcpy(&narrow, at, sizeof narrow);
        snprintf(text, CELL_TEXT, "%u", narrow);
        break;
    case DECISION_U32:
        memcpy(&number, at, sizeof number);
        snprintf(text, CELL_TEXT, "%" PRIu32, number);
        break;
    case DECISION_FLOAT:
        memcpy(&real, at, sizeof real);
        snprintf(text, CELL_TEXT, "%.4g", (double)real);
        break;
    default:
        memcpy(&wide, at, sizeof wide);
        if (type == DECISION_U64)
            snprintf(text, CELL_TEXT, "%" PRIu64, wide);
        else
            snprintf(text, CELL_TEXT, "%.9gs", (double)(lb_time)wide / 1e9);
    }
}

/* ---- The request. */

static bool is_zero(const char *text)
{
    return !strcmp(text, "0") || !strcmp(text, "0s");
}

/* Does it go without saying? */
static bool is_dull(const struct decision_field *f, const struct lb_request *request,
                    const char *value)
{
    if (!strcmp(f->name, "id"))
        return false;
    return is_zero(value) || !strcmp(f->name, "ticket") ||
           (!strcmp(f->name, "parent") && request->parent == request->id) ||
           (!strcmp(f->name, "issued") && request->issued == request->now);
}

static void put_request(struct page *page, const struct lb_request *request, uint64_t random)
{
    char value[CELL_TEXT], pair[3 * CELL_TEXT];
    const struct decision_field *f;
    uint32_t i;

    snprintf(pair, sizeof pair, "    %-*s", NAME, "request");
    put(page, pair);
    for (f = decision_request; f->name; f++) {
        write_value(value, f->type, (const char *)request + f->offset);
        if (is_dull(f, request, value))
            continue;
        snprintf(pair, sizeof pair, " %s=%s", f->name, value);
        put(page, pair);
    }
    for (i = 0; i < request->tried_n; i++) {
        snprintf(pair, sizeof pair, "%s%u", i ? "," : " tried=", request->tried[i]);
        put(page, pair);
    }
    snprintf(pair, sizeof pair, " random=%" PRIu64 "\n", random);
    put(page, pair);
}

/* ---- The seats. */

static void add_seat(struct page *page, const struct lb_view *view, lb_server seat)
{
    uint32_t i;

    for (i = 0; i < page->seats; i++)
        if (page->seat[i] == seat)
            return;
    if (seat < view->n && page->seats < COLUMNS)
        page->seat[page->seats++] = seat;
}

static void choose_seats(struct page *page, const struct lb_view *view, lb_server first,
                         lb_server second)
{
    lb_server seat;

    if (view->n > COLUMNS) {
        add_seat(page, view, first);
        add_seat(page, view, second);
    }
    for (seat = 0; seat < view->n && page->seats < COLUMNS; seat++)
        add_seat(page, view, seat);
}

static void put_name(struct page *page, const char *name)
{
    char text[CELL_TEXT];

    snprintf(text, sizeof text, "    %-*s", NAME, name);
    put(page, text);
}

static void put_cell(struct page *page, const char *value)
{
    char text[CELL_TEXT + 2];

    snprintf(text, sizeof text, " %*s", CELL - 1, value);
    put(page, text);
}

static bool is_usable(const struct lb_view *view, lb_server seat)
{
    uint32_t i;

    for (i = 0; i < view->usable_n; i++)
        if (view->usable[i] == seat)
            return true;
    return false;
}

static void put_seats(struct page *page, const struct lb_view *view)
{
    char text[CELL_TEXT];
    uint32_t i;

    put_name(page, "server");
    for (i = 0; i < page->seats; i++) {
        snprintf(text, sizeof text, "%u", page->seat[i]);
        put_cell(page, text);
    }
    if (view->n > page->seats) {
        snprintf(text, sizeof text, "  of %u", view->n);
        put(page, text);
    }
    put(page, "\n");
    put_name(page, "usable");
    for (i = 0; i < page->seats; i++)
        put_cell(page, is_usable(view, page->seat[i]) ? "yes" : "no");
    put(page, "\n");
}

/* Names are long, and the same for ever; what is full are bits. */
static bool is_shown(const struct decision_array *a)
{
    return strcmp(a->name, "usable") != 0 && strcmp(a->name, "name") != 0 &&
           strcmp(a->name, "full") != 0;
}

static void put_array(struct page *page, const struct lb_view *view, const struct decision_array *a)
{
    char value[CELL_TEXT];
    const char *array;
    uint32_t i;

    memcpy(&array, (const char *)view + a->offset, sizeof array);
    if (!array || !is_shown(a))
        return;
    put_name(page, a->name);
    for (i = 0; i < page->seats; i++) {
        write_value(value, a->type, array + page->seat[i] * a->width);
        put_cell(page, value);
    }
    put(page, "\n");
}

static void put_full(struct page *page, const struct lb_view *view)
{
    uint32_t i;

    put_name(page, "full");
    for (i = 0; i < page->seats; i++)
        put_cell(page, view->full[page->seat[i] >> 6] >> (page->seat[i] & 63) & 1 ? "yes" : "no");
    put(page, "\n");
}

void decision_inputs(char *text, size_t room, const struct lb_view *view,
                     const struct lb_request *request, uint64_t random, lb_server first,
                     lb_server second)
{
    struct page page = { .text = text, .room = room };
    int i;

    text[0] = '\0';
    choose_seats(&page, view, first, second);
    put_request(&page, request, random);
    put_seats(&page, view);
    for (i = 0; i < DECISION_ARRAYS; i++)
        put_array(&page, view, &decision_arrays[i]);
    if (view->full)
        put_full(&page, view);
}
