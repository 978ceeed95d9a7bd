/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/tables.h"

#include <math.h>

#include "sim/scenario/value.h"

#define IN(form, member) .offset = offsetof(struct form, member)

#define RATE_ROW                                                                                   \
    {                                                                                              \
        .name = "rate", .type = FIELD_NUMBER, IN(arrivals_form, rate), .preset = NAN,              \
        .least = 1e-8, .most = 1e12, .unit = UNIT_RATE,                                            \
        .help = "requests per second, on average; not with the scenario's load"                    \
    }

static const struct field poisson_fields[] = { RATE_ROW, { .name = NULL } };
static const struct field deterministic_fields[] = { RATE_ROW, { .name = NULL } };
static const struct field closed_fields[] = {
    { .name = "population",
      .type = FIELD_WHOLE,
      IN(arrivals_form, population),
      .preset = NAN,
      .least = 1,
      .most = MOST_POPULATION,
      .required = true,
      .help = "users" },
    { .name = "think",
      .type = FIELD_QUANTITY,
      IN(arrivals_form, think),
      .preset = 0,
      .least = 0,
      .most = DURATION_MOST,
      .unit = UNIT_TIME,
      .help = "how long a user waits before each request" },
    { .name = NULL },
};
static const struct variant arrivals_kinds[] = {
    { "poisson", "requests come independently of each other: exponential gaps", poisson_fields },
    { "deterministic", "requests come at equal gaps", deterministic_fields },
    { "closed", "a fixed number of users, each with one request at a time: think, ask, wait",
      closed_fields },
    { .name = NULL },
};
const struct variants variants_arrivals = {
    .tag = "process",
    .help = "when requests come",
    .size = sizeof(struct arrivals_form),
    .at = arrivals_kinds,
};

static const struct field no_fields[] = { { .name = NULL } };
static const struct variant discipline_kinds[] = {
    { "fifo", "first in, first out: each core serves one request at a time", no_fields },
    { "ps", "processor sharing: k requests on c cores each get min(1, c / k) of a core",
      no_fields },
    { .name = NULL },
};
const struct variants variants_discipline = {
    .tag = "discipline",
    .help = "who is served when",
    .bare = true,
    .size = sizeof(struct variant_head),
    .at = discipline_kinds,
};

static const struct field bytes_fields[] = {
    { .name = "request",
      .type = FIELD_QUANTITY,
      IN(bytes_form, request),
      .preset = 0,
      .least = 0,
      .most = BYTES_MOST,
      .unit = UNIT_BYTES,
      .help = "size of a request on the wire" },
    { .name = "response",
      .type = FIELD_QUANTITY,
      IN(bytes_form, response),
      .preset = 0,
      .least = 0,
      .most = BYTES_MOST,
      .unit = UNIT_BYTES,
      .help = "size of an answer on the wire" },
    { .name = NULL },
};
const struct shape shape_bytes = { "bytes",
                                   "sizes on the wire; they matter on links with bandwidth",
                                   sizeof(struct bytes_form), bytes_fields };

static const struct field client_fields[] = {
    { .name = "name",
      .type = FIELD_NAME,
      IN(client_form, name),
      .preset = NAN,
      .help = "unique among the clients; default client, or client1, client2, ..." },
    { .name = "share",
      .type = FIELD_NUMBER,
      IN(client_form, share),
      .preset = 1,
      .least = 1e-9,
      .most = 1e9,
      .help = "its part of the requests, beside the other clients', where load sets the rates" },
    { .name = "arrivals",
      .type = FIELD_VARIANT,
      IN(client_form, arrivals),
      .preset = NAN,
      .variants = &variants_arrivals,
      .help = "when requests come" },
    { .name = "service",
      .type = FIELD_QUANTITY,
      IN(client_form, service),
      .preset = NAN,
      .least = 0,
      .most = DURATION_MOST,
      .unit = UNIT_TIME,
      .required = true,
      .help = "how long a request keeps a core of speed 1 busy" },
    { .name = "timeout",
      .type = FIELD_TIME,
      IN(client_form, timeout),
      .preset = NAN,
      .least = 1e-9,
      .most = DURATION_MOST,
      .unit = UNIT_TIME,
      .help = "how long a client waits for the answer; absent: for ever" },
    { .name = "bytes",
      .type = FIELD_OBJECT,
      IN(client_form, bytes),
      .preset = NAN,
      .shape = &shape_bytes,
      .help = "sizes on the wire" },
    { .name = "link",
      .type = FIELD_TEXT,
      IN(client_form, link),
      .preset = NAN,
      .help = "name of the link to the balancer; absent: no delay" },
    { .name = "to",
      .type = FIELD_TEXT,
      IN(client_form, to),
      .preset = NAN,
      .help = "name of the balancer; needed if there are several" },
    { .name = NULL },
};
const struct shape shape_client = { "client", "who asks: when, for how much work, how far away",
                                    sizeof(struct client_form), client_fields };

static const struct field server_fields[] = {
    { .name = "name",
      .type = FIELD_NAME,
      IN(server_form, name),
      .preset = NAN,
      .help = "unique among the groups; default server, or server1, server2, ..." },
    { .name = "count",
      .type = FIELD_WHOLE,
      IN(server_form, count),
      .preset = 1,
      .least = 1,
      .most = MOST_SERVERS,
      .help = "how many servers of this kind" },
    { .name = "cores",
      .type = FIELD_WHOLE,
      IN(server_form, cores),
      .preset = 1,
      .least = 1,
      .most = MOST_CORES,
      .help = "requests that each serves at once" },
    { .name = "speed",
      .type = FIELD_NUMBER,
      IN(server_form, speed),
      .preset = 1,
      .least = 1e-6,
      .most = 1e6,
      .help = "work done per second and core" },
    { .name = "discipline",
      .type = FIELD_VARIANT,
      IN(server_form, discipline),
      .preset = NAN,
      .variants = &variants_discipline,
      .help = "who is served when" },
    { .name = "queue_limit",
      .type = FIELD_WHOLE,
      IN(server_form, queue_limit),
      .preset = NAN,
      .least = 0,
      .most = 4e9,
      .help = "waiting places of each; beyond cores + queue_limit a request is rejected; absent: "
              "unlimited" },
    { .name = "weight",
      .type = FIELD_WHOLE,
      IN(server_form, weight),
      .preset = 1,
      .least = 0,
      .most = 65535,
      .help = "what weighted policies go by; 0: gets no requests",
      .hint = "weights are whole: multiply all by 10" },
    { .name = "link",
      .type = FIELD_TEXT,
      IN(server_form, link),
      .preset = NAN,
      .help = "name of the link from the balancer; absent: the balancer's" },
    { .name = NULL },
};
const struct shape shape_server = { "server group", "servers that are alike",
                                    sizeof(struct server_form), server_fields };

static const struct field link_fields[] = {
    { .name = "name",
      .type = FIELD_NAME,
      IN(link_form, name),
      .preset = NAN,
      .help = "unique among the links; default link, or link1, link2, ..." },
    { .name = "latency",
      .type = FIELD_QUANTITY,
      IN(link_form, latency),
      .preset = 0,
      .least = 0,
      .most = DURATION_MOST,
      .unit = UNIT_TIME,
      .help = "time that a message takes one way, drawn anew for each" },
    { .name = "bandwidth",
      .type = FIELD_NUMBER,
      IN(link_form, bandwidth),
      .preset = 0,
      .least = 1e-3,
      .most = 1e15,
      .unit = UNIT_BANDWIDTH,
      .help = "what a message of some bytes takes longer by; absent: nothing" },
    { .name = "loss",
      .type = FIELD_NUMBER,
      IN(link_form, loss),
      .preset = 0,
      .least = 0,
      .most = 1,
      .help = "probability that a message vanishes, each way; needs a timeout at the clients" },
    { .name = NULL },
};
const struct shape shape_link = { "link", "the way of a message: latency, bandwidth, loss",
                                  sizeof(struct link_form), link_fields };

static const char *const information_kinds[] = { "own", "fresh", NULL };
static const struct field information_fields[] = {
    { .name = "kind",
      .type = FIELD_CHOICE,
      IN(information_form, kind),
      .preset = -1,
      .choices = information_kinds,
      .help = "own: this balancer's requests in flight; fresh: the true state, which only a "
              "simulation knows; absent: as the policy has it" },
    { .name = NULL },
};
const struct shape shape_information = { "information", "what a policy's load means",
                                         sizeof(struct information_form), information_fields };

static const char *const spreads[] = { "random", "round_robin", NULL };
static const char *const on_none_choices[] = { "fail", "queue", "panic", NULL };
static const struct field balancer_fields[] = {
    { .name = "name",
      .type = FIELD_NAME,
      IN(balancer_form, name),
      .preset = NAN,
      .help = "unique among the balancers; default balancer, or balancer1, balancer2, ..." },
    { .name = "count",
      .type = FIELD_WHOLE,
      IN(balancer_form, count),
      .preset = 1,
      .least = 1,
      .most = MOST_BALANCERS,
      .help = "how many of this kind, each with a view of its own" },
    { .name = "spread",
      .type = FIELD_CHOICE,
      IN(balancer_form, spread),
      .preset = 0,
      .choices = spreads,
      .help = "how requests are dealt to them" },
    { .name = "on_none",
      .type = FIELD_CHOICE,
      IN(balancer_form, on_none),
      .preset = 0,
      .choices = on_none_choices,
      .help =
          "what happens if the policy finds no server: the request fails, waits, or goes to any" },
    { .name = "information",
      .type = FIELD_OBJECT,
      IN(balancer_form, information),
      .preset = NAN,
      .shape = &shape_information,
      .help = "what a policy's load means" },
    { .name = "link",
      .type = FIELD_TEXT,
      IN(balancer_form, link),
      .preset = NAN,
      .help = "name of the link to the servers; absent: no delay" },
    { .name = "servers",
      .type = FIELD_NAMES,
      IN(balancer_form, servers),
      .preset = NAN,
      .help = "names of its server groups; absent: all" },
    { .name = NULL },
};
const struct shape shape_balancer = { "balancer", "who chooses a server for each request",
                                      sizeof(struct balancer_form), balancer_fields };
