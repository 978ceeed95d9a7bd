/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/decision_facts.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[FACTS] = {
#define FACT(id, name) name,
    DECISION_FACTS
#undef FACT
};

static bool has_request(enum decision_verb verb)
{
    return verb == DECISION_PICK || verb == DECISION_SENT || verb == DECISION_DONE;
}

static bool has_report(enum decision_verb verb)
{
    return verb == DECISION_REPORT || verb == DECISION_PIGGYBACK;
}

/* ---- Fields. */

static int read_server(struct decision_reader *r, const char *text, lb_server *to)
{
    uint64_t number;

    if (!strcmp(text, "none"))
        *to = LB_NONE;
    else if (!strcmp(text, "hold"))
        *to = LB_HOLD;
    else if (!strcmp(text, "reject"))
        *to = LB_REJECT;
    else if (decision_read_number(r, text, UINT32_MAX, &number))
        return -1;
    else
        *to = (lb_server)number;
    return 1;
}

static int read_tried(struct decision_reader *r, char *text, struct decision_facts *f)
{
    size_t room = strlen(text) / 2 + 1;
    uint64_t seat;
    char *comma;

    f->request.tried_n = 0;
    free(f->tried);
    f->tried = malloc(room * sizeof f->tried[0]);
    if (!f->tried)
        return decision_damaged(r, "there is not enough memory for it");
    for (; text; text = comma ? comma + 1 : NULL) {
        comma = strchr(text, ',');
        if (comma)
            *comma = '\0';
        if (decision_read_number(r, text, UINT32_MAX, &seat))
            return -1;
        f->tried[f->request.tried_n++] = (lb_server)seat;
    }
    f->request.tried = f->tried;
    return 1;
}

static int read_fact(struct decision_reader *r, const struct decision_token *token,
                     struct decision_facts *f)
{
    int i;

    for (i = 0; i < FACTS; i++)
        if (!strcmp(token->name, names[i])) {
            f->seen |= 1u << i;
            return decision_read_number(r, token->value, UINT64_MAX, &f->number[i]) ? -1 : 1;
        }
    return 0;
}

/* 1, 0 if a record of this verb has none of that name, or -1. */
static int read_token(struct decision_reader *r, const struct decision_token *token,
                      struct decision_facts *f, unsigned *seen)
{
    unsigned rest = 0;
    int got = 0;

    if (token->ranged)
        return 0;
    if (has_request(r->verb))
        got = !strcmp(token->name, "tried")
                  ? read_tried(r, token->value, f)
                  : decision_read_field(r, token, decision_request, &f->request, seen);
    if (got == 0 && r->verb == DECISION_DONE)
        got = decision_read_field(r, token, decision_outcome, &f->outcome, &rest);
    if (got == 0 && has_report(r->verb))
        got = decision_read_field(r, token, decision_report, &f->report, &rest);
    if (got == 0 && !strcmp(token->name, "server"))
        got = read_server(r, token->value, &f->server);
    return got ? got : read_fact(r, token, f);
}

int decision_facts_read(struct decision_reader *r, struct decision_facts *f)
{
    struct decision_token token;
    unsigned seen = 0;
    int got;

    *f = (struct decision_facts) { .server = LB_NONE };
    while ((got = decision_token(r, &token)) > 0) {
        got = read_token(r, &token, f, &seen);
        if (got == 0)
            return decision_damaged(r, "%s has no %.40s", decision_verb_name(r->verb), token.name);
        if (got < 0)
            return -1;
    }
    if (!(seen & DECISION_REQUEST_PARENT))
        f->request.parent = f->request.id;
    if (!(seen & DECISION_REQUEST_ISSUED))
        f->request.issued = f->request.now;
    return got;
}

void decision_facts_close(struct decision_facts *f)
{
    free(f->tried);
    f->tried = NULL;
}

/* ---- Wishes. */

static uint64_t fact_called(const struct decision_facts *f, const char *name)
{
    int i;

    for (i = 0; name && i < FACTS; i++)
        if (!strcmp(name, names[i]))
            return f->number[i];
    return 0;
}

struct decision_wish decision_facts_wish(enum decision_verb verb, const struct decision_facts *f)
{
    struct decision_wish wish = { .verb = verb, .gone = decision_facts_have(f, FACT_GONE) };

    wish.first = fact_called(f, decision_wish_first(&wish));
    wish.second = fact_called(f, decision_wish_second(&wish));
    return wish;
}
