/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The block `live`: addresses, and what goes with what. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/build.h"
#include "sim/scenario/value.h"

static const struct trail live_trail = { NULL, "live", -1 };

/* ---- Addresses. */

static bool all_of(const char *text, size_t length, const char *set)
{
    return length > 0 && strspn(text, set) >= length;
}

/* "127.0.0.1". */
static bool is_dotted(const char *text, size_t length)
{
    const char *end = text + length;
    uint32_t parts = 0;
    char *after;

    if (!all_of(text, length, "0123456789."))
        return false;
    while (text < end && isdigit((unsigned char)*text) && strtoul(text, &after, 10) <= 255 &&
           after - text <= 3) {
        parts++;
        text = *after == '.' ? after + 1 : after;
    }
    return parts == 4 && text == end && end[-1] != '.';
}

static bool is_host(const char *text, size_t length)
{
    static const char loopback[] = "localhost";

    if (length > 2 && text[0] == '[' && text[length - 1] == ']')
        return all_of(text + 1, length - 2, "0123456789abcdefABCDEF:.");
    return is_dotted(text, length) ||
           (length == sizeof loopback - 1 && !memcmp(text, loopback, length));
}

/* 0: it is none. */
static uint16_t port_of(const char *text)
{
    const size_t digits = strspn(text, "0123456789");
    const unsigned long port = digits && digits <= 5 && !text[digits] ? strtoul(text, NULL, 10) : 0;

    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* Names are not looked up: a run must not depend on who answers for them. */
static struct live_address address_of(struct build *build, const struct trail *here,
                                      const cJSON *node, const char *text)
{
    const char *colon = strrchr(text, ':');
    const uint16_t port = colon ? port_of(colon + 1) : 0;
    const char *copy;

    if (!port || !is_host(text, (size_t)(colon - text))) {
        value_expected(build->reader, here, node, "an address such as \"127.0.0.1:8080\"",
                       port ? "of names only localhost is known: write numbers" : NULL);
        return (struct live_address) { .text = NULL };
    }
    copy = arena_copy(build->reader->arena, text, strlen(text));
    build->reader->no_memory |= !copy;
    return (struct live_address) { .text = copy, .port = port };
}

/* ---- Servers that run already. */

static void read_backend(struct build *build, const struct trail *here, const cJSON *node,
                         struct live_address *at)
{
    if (cJSON_IsString(node))
        *at = address_of(build, here, node, node->valuestring);
    else if (!json_flawed(build->reader->json, node))
        value_expected(build->reader, here, node, "an address such as \"127.0.0.1:8080\"", NULL);
}

static void read_group(struct build *build, const struct trail *up, const cJSON *node,
                       struct live_address *at)
{
    const struct trail here = { up, node->string, -1 };
    const uint32_t group =
        roster_element(build->reader, &build->servers, &here, node, node->string);
    const struct server_spec *spec;
    const cJSON *element;
    uint32_t found = cJSON_IsArray(node) ? (uint32_t)cJSON_GetArraySize(node) : 1, i = 0;

    spec = group == SCENARIO_NONE ? NULL : &build->scenario->servers[group];
    if (!spec || !spec->name)
        return;
    if (found != spec->count) {
        complain(build->reader, &here, node,
                 "the group has %u server%s%s, and here %s %u address%s", (unsigned)spec->count,
                 spec->count == 1 ? "" : "s",
                 spec->count > spec->present ? " with those that the timeline adds" : "",
                 found == 1 ? "is" : "are", (unsigned)found, found == 1 ? "" : "es");
        return;
    }
    if (!cJSON_IsArray(node)) {
        read_backend(build, &here, node, &at[spec->first]);
        return;
    }
    for (element = node->child; element; element = element->next, i++) {
        const struct trail inner = { up, node->string, i };

        read_backend(build, &inner, element, &at[spec->first + i]);
    }
}

static void read_backends(struct build *build, const cJSON *node, struct live_spec *live)
{
    const struct trail here = { &live_trail, "backends", -1 };
    struct reader *reader = build->reader;
    struct live_address *at;
    const cJSON *group;

    if (!cJSON_IsObject(node) || !node->child) {
        value_expected(reader, &here, node,
                       "an object with the addresses of each server group, such as "
                       "{ \"app\": [\"127.0.0.1:8081\", \"127.0.0.1:8082\"] }",
                       NULL);
        return;
    }
    at = reader_get(reader, build->scenario->servers_total * sizeof *at);
    for (group = node->child; at && group; group = group->next)
        read_group(build, &here, group, at);
    live->backends = at;
}

/* ---- The block. */

/* lbsim makes the certificates of a run itself, and trusts no others. */
static void check_tls(struct build *build, const struct live_form *form)
{
    const struct trail here = { &live_trail, "tls", -1 };
    const cJSON *node = build_value(form->node, "tls");

    if (!form->tls)
        return;
    if (form->transport == LIVE_UDP)
        complain(build->reader, &here, node,
                 "datagrams go without TLS: leave it out, or let "
                 "transport be http or tcp");
    else if (form->backends || form->through)
        complain(build->reader, &here, node,
                 "TLS is for lbsim's own servers and balancers, whose certificates it makes: leave "
                 "it out beside %s",
                 form->backends ? "backends" : "through");
}

bool build_live(struct build *build)
{
    const struct trail through = { &live_trail, "through", -1 };
    const struct live_form *form = &build->top.live;
    struct live_spec *live = &build->scenario->live;

    *live = (struct live_spec) {
        .place = json_place(build->reader->json, form->node ? form->node : build->top.node),
        .given = form->node,
        .transport = (enum live_transport)form->transport,
        .tls = form->tls,
        .time_scale = form->time_scale,
        .duration = form->duration,
        .tries = (uint32_t)form->tries,
        .connections =
            form->connections == FIELD_ABSENT ? SCENARIO_UNLIMITED : (uint32_t)form->connections,
    };
    if (form->backends)
        read_backends(build, form->backends, live);
    if (form->through)
        live->through =
            address_of(build, &through, build_value(form->node, "through"), form->through);
    check_tls(build, form);
    return !build->reader->no_memory;
}
