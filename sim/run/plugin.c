/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/plugin.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/policies.h"

struct plugin {
    struct plugin *next;
    void *handle;
    struct lb_policy policy; /* a copy that is as long as this program's struct */
    char path[];             /* as asked for, with #name */
};

struct plugins {
    struct plugin *first;
};

struct plugins *plugins_open(void)
{
    return calloc(1, sizeof(struct plugins));
}

void plugins_close(struct plugins *all)
{
    while (all && all->first) {
        struct plugin *p = all->first;

        all->first = p->next;
        dlclose(p->handle);
        free(p);
    }
    free(all);
}

/* ---- Built in. */

static bool same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
            return false;
    return *a == *b;
}

static const struct lb_policy *built_in(const char *name, const char **settings)
{
    uint32_t i;

    *settings = "";
    for (i = 0; policies[i]; i++)
        if (same_name(policies[i]->name, name))
            return policies[i];
    for (i = 0; policies[i]; i++) {
        const struct lb_alias *alias = policies[i]->aliases;

        for (; alias && alias->name; alias++)
            if (same_name(alias->name, name)) {
                *settings = alias->settings;
                return policies[i];
            }
    }
    return NULL;
}

/* Policies first, then aliases. */
static const char *known_name(void *context, uint32_t i)
{
    uint32_t p;

    (void)context;
    for (p = 0; policies[p]; p++)
        if (i-- == 0)
            return policies[p]->name;
    for (p = 0; policies[p]; p++) {
        const struct lb_alias *alias = policies[p]->aliases;

        for (; alias && alias->name; alias++)
            if (i-- == 0)
                return alias->name;
    }
    return NULL;
}

/* ---- Plug-ins. */

static bool fits(const struct lb_policy *p, const char *path, char *why, size_t room)
{
    const size_t least = offsetof(struct lb_policy, prepare);

    if (p->abi != LB_ABI)
        snprintf(why, room,
                 "plug-in \"%s\" was built for interface %u; this lbsim has %u: build it "
                 "again",
                 path, p->abi, LB_ABI);
    else if (p->size < least || p->size > 4096)
        snprintf(why, room,
                 "plug-in \"%s\": struct lb_policy of %u bytes; set .size = sizeof(struct "
                 "lb_policy)",
                 path, p->size);
    else if (!p->name || !p->open || !p->close || !p->pick)
        snprintf(why, room, "plug-in \"%s\": a policy must have name, open, close and pick", path);
    else if (p->params && p->param_size != sizeof(struct lb_param))
        snprintf(why, room, "plug-in \"%s\", policy %s: set .param_size = sizeof(struct lb_param)",
                 path, p->name);
    else
        return true;
    return false;
}

static const struct lb_policy *choose(const struct lb_policy *const *table, const char *path,
                                      const char *name, char *why, size_t room)
{
    uint32_t i;

    if (!table[0]) {
        snprintf(why, room, "plug-in \"%s\" has no policy in lbsim_policies", path);
        return NULL;
    }
    if (!name && table[1]) {
        snprintf(why, room, "plug-in \"%s\" has several policies; name one: \"%s#%s\"", path, path,
                 table[0]->name);
        return NULL;
    }
    for (i = 0; table[i]; i++)
        if (!name || (table[i]->name && same_name(table[i]->name, name)))
            return table[i];
    snprintf(why, room, "plug-in \"%s\" has no policy \"%s\"", path, name);
    return NULL;
}

static const struct lb_policy *keep(struct plugins *all, void *handle, const char *path,
                                    const struct lb_policy *found, char *why, size_t room)
{
    struct plugin *p = calloc(1, sizeof *p + strlen(path) + 1);
    size_t size = found->size < sizeof p->policy ? found->size : sizeof p->policy;

    if (!p) {
        snprintf(why, room, "out of memory");
        dlclose(handle);
        return NULL;
    }
    strcpy(p->path, path);
    memcpy(&p->policy, found, size);
    p->handle = handle;
    p->next = all->first;
    all->first = p;
    return &p->policy;
}

static const struct lb_policy *load(struct plugins *all, const char *asked, char *why, size_t room)
{
    char *path = strdup(asked), *name = path ? strchr(path, '#') : NULL;
    const struct lb_policy *const *table;
    const struct lb_policy *found = NULL;
    void *handle = NULL;

    if (name)
        *name++ = '\0';
    if (path)
        handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(why, room, "plug-in cannot be loaded: %s", path ? dlerror() : "out of memory");
        free(path);
        return NULL;
    }
    table = dlsym(handle, "lbsim_policies");
    if (!table)
        snprintf(why, room, "plug-in \"%s\" does not export lbsim_policies", path);
    else
        found = choose(table, path, name, why, room);
    if (found && !fits(found, path, why, room))
        found = NULL;
    free(path);
    if (!found) {
        dlclose(handle);
        return NULL;
    }
    return keep(all, handle, asked, found, why, room);
}

static const struct lb_policy *find(void *context, const char *name, const char **settings,
                                    char *why, size_t room)
{
    struct plugins *all = context;
    const struct plugin *p;
    const struct lb_policy *found;

    if (strchr(name, '/')) {
        *settings = "";
        for (p = all->first; p; p = p->next)
            if (!strcmp(p->path, name))
                return &p->policy;
        return load(all, name, why, room);
    }
    found = built_in(name, settings);
    if (!found)
        snprintf(why, room, "unknown policy \"%s\"", name);
    return found;
}

struct policy_source plugins_source(struct plugins *all)
{
    return (struct policy_source) { .find = find, .name = known_name, .context = all };
}
