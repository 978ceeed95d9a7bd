/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/scope_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/nearest.h"

/* As written before a colon; one balancer and all of a name are told apart by an index. */
static const char *const prefixes[SCOPE_KINDS] = { "all",  "client",   "servers", "server",
                                                   "zone", "balancer", "balancer" };

void scope_list(unsigned scopes, char *text, size_t room)
{
    size_t n = 0;
    int kind;

    text[0] = '\0';
    for (kind = 0; kind < SCOPE_KINDS; kind++)
        if ((scopes & 1u << kind) && kind != SCOPE_BALANCER && n < room)
            n += (size_t)snprintf(text + n, room - n, "%s%s", n ? ", " : "",
                                  scope_kind_words((enum scope_kind)kind));
}

const char *scope_kind_words(enum scope_kind kind)
{
    static const char *const words[SCOPE_KINDS] = { "everything", "a client", "a server group",
                                                    "a server",   "a zone",   "a balancer",
                                                    "a balancer" };
    return words[kind];
}

/* ---- The names of a scenario, by kind. */

static uint32_t names_of(const struct scenario *s, enum scope_kind kind)
{
    return kind == SCOPE_CLIENT      ? s->clients_n
           : kind == SCOPE_SERVERS   ? s->servers_n
           : kind == SCOPE_ZONE      ? s->zones_n
           : kind == SCOPE_BALANCERS ? s->balancers_n
                                     : 0;
}

/* NULL where the file has a fault. */
static const char *name_at(const struct scenario *s, enum scope_kind kind, uint32_t i)
{
    return kind == SCOPE_CLIENT    ? s->clients[i].name
           : kind == SCOPE_SERVERS ? s->servers[i].name
           : kind == SCOPE_ZONE    ? s->zones[i]
                                   : s->balancers[i].name;
}

/* A text in braces, taken apart. */
struct spelling {
    char name[SCOPE_NAME_ROOM];
    char kind[16]; /* "" if none is written */
    bool indexed, every;
    uint32_t index;
};

static bool is_prefix(const char *text, size_t length)
{
    int i;

    for (i = 1; i < SCOPE_KINDS; i++)
        if (strlen(prefixes[i]) == length && !memcmp(text, prefixes[i], length))
            return true;
    return false;
}

/* "[3]" or "[*]" at the end. */
static bool take_index(struct spelling *x)
{
    size_t n = strlen(x->name);
    char *bracket = strrchr(x->name, '['), *end;
    unsigned long index;

    if (!bracket || x->name[n - 1] != ']')
        return true;
    x->indexed = true;
    x->every = !strcmp(bracket, "[*]");
    index = x->every ? 0 : strtoul(bracket + 1, &end, 10);
    if (!x->every && (bracket[1] < '0' || bracket[1] > '9' || *end != ']' || index > 4000000000ul))
        return false;
    x->index = (uint32_t)index;
    *bracket = '\0';
    return true;
}

static bool spell(const char *text, size_t length, struct spelling *x)
{
    const char *colon = memchr(text, ':', length);
    size_t n = colon ? (size_t)(colon - text) : 0;

    memset(x, 0, sizeof *x);
    if (colon && is_prefix(text, n)) {
        memcpy(x->kind, text, n);
        text += n + 1;
        length -= n + 1;
    }
    if (length == 0 || length >= sizeof x->name)
        return false;
    memcpy(x->name, text, length);
    return take_index(x);
}

/* May a spelling mean something of this kind? A server is its group with an index. */
static bool may_be(const struct spelling *x, enum scope_kind kind)
{
    if (x->indexed && kind != SCOPE_SERVERS && kind != SCOPE_BALANCERS)
        return false;
    if (!x->kind[0] || !strcmp(x->kind, prefixes[kind]))
        return true;
    return kind == SCOPE_SERVERS && x->indexed && !strcmp(x->kind, prefixes[SCOPE_SERVER]);
}

struct found {
    enum scope_kind kind[SCOPE_KINDS];
    uint32_t index[SCOPE_KINDS], n;
};

static void look_up(const struct scenario *s, const struct spelling *x, struct found *found)
{
    int kind;
    uint32_t i;

    found->n = 0;
    for (kind = 1; kind < SCOPE_KINDS; kind++)
        for (i = 0; may_be(x, (enum scope_kind)kind) && i < names_of(s, (enum scope_kind)kind);
             i++) {
            const char *name = name_at(s, (enum scope_kind)kind, i);

            if (!name || strcmp(name, x->name))
                continue;
            found->kind[found->n] = (enum scope_kind)kind;
            found->index[found->n++] = i;
            break;
        }
}

/* ---- Finding. */

static void say_unknown(const struct scenario *s, const struct spelling *x, char *why, size_t room)
{
    struct nearest nearest = nearest_to(x->name);
    int kind;
    uint32_t i;

    for (kind = 1; kind < SCOPE_KINDS; kind++)
        for (i = 0; may_be(x, (enum scope_kind)kind) && i < names_of(s, (enum scope_kind)kind); i++)
            if (name_at(s, (enum scope_kind)kind, i))
                nearest_see(&nearest, name_at(s, (enum scope_kind)kind, i));
    if (nearest_found(&nearest))
        snprintf(why, room, "nothing is called \"%s\"; did you mean \"%s\"?", x->name,
                 nearest_found(&nearest));
    else
        snprintf(why, room,
                 "nothing is called \"%s\": name a client, a server group, a zone or a "
                 "balancer",
                 x->name);
}

static void say_ambiguous(const struct spelling *x, const struct found *found, char *why,
                          size_t room)
{
    const char *index = x->every ? "[*]" : x->indexed ? "[0]" : "";
    const char *first =
        x->indexed && found->kind[0] == SCOPE_SERVERS ? "server" : prefixes[found->kind[0]];

    snprintf(why, room, "\"%s\" is %s and %s: write {%s:%s%s} or {%s:%s%s}", x->name,
             scope_kind_words(found->kind[0]), scope_kind_words(found->kind[1]), first, x->name,
             index, prefixes[found->kind[1]], x->name, index);
}

/* One of a group's servers, or of several balancers, or all of them. */
static uint32_t take_single(const struct scenario *s, const struct spelling *x,
                            enum scope_kind kind, uint32_t index, struct scope *at, uint32_t most,
                            char *why, size_t room)
{
    bool servers = kind == SCOPE_SERVERS;
    uint32_t count = servers ? s->servers[index].count : s->balancers[index].count, i;
    uint32_t first = servers ? s->servers[index].first : 0;

    for (i = 0; !servers && i < index; i++)
        first += s->balancers[i].count;
    if (!x->every && x->index >= count) {
        snprintf(why, room, "\"%s\" has %u: [0] to [%u]", x->name, count, count - 1);
        return 0;
    }
    if (x->every && count > most) {
        snprintf(why, room, "\"%s[*]\" are %u: at most %u at once", x->name, count, most);
        return 0;
    }
    if (x->every)
        for (i = 0; i < count; i++)
            at[i] = (struct scope) { servers ? SCOPE_SERVER : SCOPE_BALANCER, first + i };
    else
        at[0] = (struct scope) { servers ? SCOPE_SERVER : SCOPE_BALANCER, first + x->index };
    return x->every ? count : 1;
}

uint32_t scope_find(const struct scenario *s, const char *text, size_t length, struct scope *at,
                    uint32_t most, char *why, size_t room)
{
    struct spelling x;
    struct found found;

    if (!spell(text, length, &x)) {
        snprintf(why, room, "\"%.*s\" is no name: expected NAME, NAME[3] or NAME[*]",
                 (int)(length < 60 ? length : 60), text);
        return 0;
    }
    look_up(s, &x, &found);
    if (found.n == 0)
        say_unknown(s, &x, why, room);
    else if (found.n > 1)
        say_ambiguous(&x, &found, why, room);
    if (found.n != 1)
        return 0;
    if (x.indexed)
        return take_single(s, &x, found.kind[0], found.index[0], at, most, why, room);
    at[0] = (struct scope) { found.kind[0], found.index[0] };
    return 1;
}

/* ---- Writing. */

static void single_name(const struct scenario *s, struct scope scope, char name[SCOPE_NAME_ROOM])
{
    uint32_t i = 0, left = scope.index;

    if (scope.kind == SCOPE_SERVER) {
        while (left - s->servers[i].first >= s->servers[i].count)
            i++;
        snprintf(name, SCOPE_NAME_ROOM, "%s[%u]", s->servers[i].name, left - s->servers[i].first);
        return;
    }
    for (; left >= s->balancers[i].count; i++)
        left -= s->balancers[i].count;
    snprintf(name, SCOPE_NAME_ROOM, "%s[%u]", s->balancers[i].name, left);
}

static void plain_name(const struct scenario *s, struct scope scope, char name[SCOPE_NAME_ROOM])
{
    if (scope.kind == SCOPE_SERVER || scope.kind == SCOPE_BALANCER)
        single_name(s, scope, name);
    else
        snprintf(name, SCOPE_NAME_ROOM, "%s", name_at(s, scope.kind, scope.index));
}

void scope_full_name(const struct scenario *s, struct scope scope, char name[SCOPE_NAME_ROOM])
{
    char plain[SCOPE_NAME_ROOM];

    if (scope.kind == SCOPE_ALL) {
        snprintf(name, SCOPE_NAME_ROOM, "all");
        return;
    }
    plain_name(s, scope, plain);
    snprintf(name, SCOPE_NAME_ROOM, "%s:%.80s", prefixes[scope.kind], plain);
}

void scope_short_name(const struct scenario *s, struct scope scope, char name[SCOPE_NAME_ROOM])
{
    struct spelling x;
    struct found found;

    plain_name(s, scope, name);
    if (spell(name, strlen(name), &x))
        look_up(s, &x, &found);
    else
        found.n = 0;
    if (found.n != 1)
        scope_full_name(s, scope, name);
}
