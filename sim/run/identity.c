/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/identity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/identity_part.h"
#include "sim/scenario/trace_file.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

struct identity {
    const struct scenario *scenario;
    char *common;
    size_t common_n;
    uint64_t *plugin; /* hashes of the shared objects of all policies */
    uint32_t *first;  /* of each policy, and the number of all at last */
};

static void print_arrivals(FILE *out, const struct client_spec *c)
{
    const struct arrival_spec *a = &c->arrivals;
    uint32_t i;

    fprintf(out, "arrivals %s rate %a sessions %a amplitude %a period %" PRId64 " scale %a loop %d",
            a->kind->name, a->rate, c->sessions.mean, a->amplitude, a->period, a->scale, a->loop);
    for (i = 0; i < a->rates.n; i++)
        fprintf(out, " state %a", a->rates.at[i]);
    for (i = 0; i < a->leave.n; i++)
        fprintf(out, " left %a", a->leave.at[i]);
    for (i = 0; i < a->pieces_n; i++)
        fprintf(out, " from %" PRId64 " rate %a", a->pieces[i].from, a->pieces[i].rate);
    for (i = 0; i < c->changes_n; i++)
        fprintf(out, " at %" PRId64 " factor %a", c->changes[i].at, c->changes[i].factor);
    if (c->trace)
        fprintf(out, " trace %016" PRIx64 " of %" PRIu64 " service %d bytes %d", c->trace->hash,
                c->trace->count, c->service_in_trace, c->bytes_in_trace);
    fprintf(out, " priority %u;", c->priority);
    identity_distribution(out, &a->interarrival);
    identity_distribution(out, &a->size);
    identity_distribution(out, &a->on);
    identity_distribution(out, &a->off);
    identity_distribution(out, &c->sessions.requests);
    identity_distribution(out, &c->sessions.think);
    identity_distribution(out, &c->key);
    identity_distribution(out, &c->size_estimate);
}

static void print_client(FILE *out, const struct client_spec *c)
{
    fprintf(out,
            "client %s process %d rate %a population %u timeout %" PRId64 " link %u to %u zone %u;",
            c->name, (int)c->process, c->rate, c->population, c->timeout, c->link, c->balancer,
            c->zone);
    print_arrivals(out, c);
    identity_distribution(out, &c->service);
    identity_distribution(out, &c->think);
    identity_distribution(out, &c->patience);
    identity_distribution(out, &c->request_bytes);
    identity_distribution(out, &c->response_bytes);
    identity_tries(out, c);
}

static void print_server(FILE *out, const struct server_spec *s)
{
    fprintf(out,
            "servers %s count %u present %u cores %u weight %u limit %u speed %a errors %a "
            "discipline %d %d link %u zone %u;",
            s->name, s->count, s->present, s->cores, s->weight, s->queue_limit, s->speed, s->errors,
            (int)s->discipline, (int)s->preemptive, s->link, s->zone);
    if (s->resets + s->hangs > 0)
        fprintf(out, "resets %a hangs %a;", s->resets, s->hangs);
    identity_faults(out, s);
}

static void print_balancer(FILE *out, const struct balancer_spec *b)
{
    uint32_t i;

    fprintf(out, "balancer %s count %u spread %d on_none %d information %d link %u groups", b->name,
            b->count, (int)b->spread, (int)b->on_none, (int)b->information, b->link);
    for (i = 0; i < b->groups_n; i++)
        fprintf(out, " %u", b->groups[i]);
    fputs(" zones", out);
    for (i = 0; i < b->zones_n; i++)
        fprintf(out, " %u", b->zones[i]);
    fputc(';', out);
    identity_mechanisms(out, b);
}

static void print_windows(FILE *out, const struct windows_spec *spec)
{
    uint32_t i;

    if (!spec->metrics_n)
        return;
    fprintf(out, " windows %" PRId64 " every %" PRId64 " to %" PRId64, spec->from, spec->every,
            spec->to);
    for (i = 0; i < spec->at_n; i++)
        fprintf(out, " %" PRId64 "..%" PRId64, spec->at[i].from, spec->at[i].to);
    for (i = 0; i < spec->metrics_n; i++)
        fprintf(out, " metric %s", spec->metrics[i]);
}

static void print_common(FILE *out, const struct scenario *s, const char *version)
{
    uint32_t i;

    fprintf(out, "lbsim %s;", version);
    for (i = 0; i < s->clients_n; i++)
        print_client(out, &s->clients[i]);
    for (i = 0; i < s->servers_n; i++)
        print_server(out, &s->servers[i]);
    for (i = 0; i < s->links_n; i++) {
        fprintf(out, "link %s bandwidth %a loss %a;", s->links[i].name, s->links[i].bandwidth,
                s->links[i].loss);
        identity_distribution(out, &s->links[i].latency);
    }
    for (i = 0; i < s->balancers_n; i++)
        print_balancer(out, &s->balancers[i]);
    for (i = 0; i < s->changes_n; i++)
        identity_change(out, &s->changes[i]);
    fprintf(out, "zones %u;", s->zones_n);
    fprintf(out, "seed %" PRIu64 " warmup_time %" PRId64, s->run.seed,
            s->run.warmup == WARMUP_TIME ? s->run.warmup_time : 0);
    for (i = 0; i < s->run.percentiles_n; i++)
        fprintf(out, " p%a", s->run.percentiles[i]);
    for (i = 0; i < s->run.metrics_n; i++)
        fprintf(out, " metric %s", s->run.metrics[i]);
    print_windows(out, &s->run.windows);
}

static uint64_t hash_file(const char *path)
{
    char name[4096], buffer[1 << 14], *mark;
    XXH3_state_t state;
    FILE *in;
    size_t n;

    snprintf(name, sizeof name, "%s", path);
    mark = strchr(name, '#');
    if (mark)
        *mark = '\0';
    XXH3_64bits_reset(&state);
    in = fopen(name, "rb");
    while (in && (n = fread(buffer, 1, sizeof buffer, in)) > 0)
        XXH3_64bits_update(&state, buffer, n);
    if (in)
        fclose(in);
    return XXH3_64bits_digest(&state);
}

static uint32_t count_plugins(const struct policy_spec *policy)
{
    const struct plugin_path *p;
    uint32_t n = 0;

    for (p = policy->plugins; p; p = p->next)
        n++;
    return n;
}

static bool hash_plugins(struct identity *id, const struct scenario *s)
{
    const struct plugin_path *p;
    uint32_t i, n;

    id->first = calloc((size_t)s->policies_n + 1, sizeof id->first[0]);
    for (i = 0; id->first && i < s->policies_n; i++)
        id->first[i + 1] = id->first[i] + count_plugins(&s->policies[i]);
    id->plugin = id->first ? calloc((size_t)id->first[i] + 1, sizeof id->plugin[0]) : NULL;
    if (!id->plugin)
        return false;
    for (i = n = 0; i < s->policies_n; i++)
        for (p = s->policies[i].plugins; p; p = p->next)
            id->plugin[n++] = hash_file(p->path);
    return true;
}

struct identity *identity_open(const struct scenario *s, const char *version)
{
    struct identity *id = calloc(1, sizeof *id);
    FILE *out;

    if (!id)
        return NULL;
    id->scenario = s;
    out = open_memstream(&id->common, &id->common_n);
    if (out)
        print_common(out, s, version);
    if (!out || fclose(out) || !hash_plugins(id, s)) {
        identity_close(id);
        return NULL;
    }
    return id;
}

void identity_close(struct identity *id)
{
    if (!id)
        return;
    free(id->common);
    free(id->plugin);
    free(id->first);
    free(id);
}

char *identity_plugins(const struct identity *id)
{
    const struct plugin_path *p;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    uint32_t i, n = 0;

    if (!out)
        return NULL;
    for (i = 0; i < id->scenario->policies_n; i++)
        for (p = id->scenario->policies[i].plugins; p; p = p->next, n++)
            fprintf(out, "%s%s %016" PRIx64, n ? ", " : "", p->path, id->plugin[n]);
    if (!fclose(out))
        return text;
    free(text);
    return NULL;
}

static void print_policy(FILE *out, const struct identity *id, uint32_t policy)
{
    const struct policy_spec *p = &id->scenario->policies[policy];
    const uint32_t first = id->first[policy], end = id->first[policy + 1];
    uint32_t i;

    fprintf(out, ";policy %s(%s) plugin %016" PRIx64, p->name, p->parameters ? p->parameters : "",
            first < end ? id->plugin[first] : 0);
    for (i = first + 1; i < end; i++)
        fprintf(out, " and %016" PRIx64, id->plugin[i]);
}

int identity_hash(const struct identity *id, const struct identity_of *of,
                  uint8_t hash[IDENTITY_BYTES])
{
    char *own = NULL;
    size_t own_n;
    FILE *out = open_memstream(&own, &own_n);
    XXH3_state_t state;
    XXH128_canonical_t canonical;

    if (!out)
        return -ENOMEM;
    print_policy(out, id, of->policy);
    fprintf(out, " requests %" PRIu64 " duration %" PRId64 " %s %u warmup %" PRIu64, of->requests,
            of->duration, of->pilot ? "pilot" : "replication", of->replication, of->warmup);
    if (fclose(out)) {
        free(own);
        return -ENOMEM;
    }
    XXH3_128bits_reset(&state);
    XXH3_128bits_update(&state, id->common, id->common_n);
    XXH3_128bits_update(&state, own, own_n);
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state));
    memcpy(hash, canonical.digest, IDENTITY_BYTES);
    free(own);
    return 0;
}
