/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/live/channel.h"

struct address address_loopback(uint16_t port)
{
    struct address address = { .length = sizeof(struct sockaddr_in) };
    struct sockaddr_in *in = (struct sockaddr_in *)&address.at;

    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void address_set_port(struct address *address, uint16_t port)
{
    if (address->at.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&address->at)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)&address->at)->sin_port = htons(port);
}

uint16_t address_port(const struct address *address)
{
    if (address->at.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address->at)->sin6_port);
    return ntohs(((const struct sockaddr_in *)&address->at)->sin_port);
}

bool address_is_loopback(const struct address *address)
{
    if (address->at.ss_family == AF_INET6) {
        const struct in6_addr *in6 = &((const struct sockaddr_in6 *)&address->at)->sin6_addr;

        return IN6_IS_ADDR_LOOPBACK(in6) || (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127);
    }
    return ntohl(((const struct sockaddr_in *)&address->at)->sin_addr.s_addr) >> 24 == 127;
}

void address_write(const struct address *address, char *text, size_t room)
{
    char host[INET6_ADDRSTRLEN] = "?";

    if (address->at.ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)&address->at)->sin6_addr, host,
                  sizeof host);
        snprintf(text, room, "[%s]:%u", host, address_port(address));
    } else {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)&address->at)->sin_addr, host,
                  sizeof host);
        snprintf(text, room, "%s:%u", host, address_port(address));
    }
}

static int port_read(const char *text, uint16_t *port)
{
    unsigned long value;
    char *end;

    if (*text < '0' || *text > '9')
        return -1;
    value = strtoul(text, &end, 10);
    if (*end || value > UINT16_MAX)
        return -1;
    *port = (uint16_t)value;
    return 0;
}

/* Host names are not looked up: that would ask the network before anybody has allowed it. */
static int host_read(struct address *address, const char *host, uint16_t port)
{
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address->at;
    struct sockaddr_in *in = (struct sockaddr_in *)&address->at;

    *address = address_loopback(port);
    if (!strcmp(host, "localhost") || inet_pton(AF_INET, host, &in->sin_addr) == 1)
        return 0;
    memset(&address->at, 0, sizeof address->at);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    address->length = sizeof *in6;
    return inet_pton(AF_INET6, host, &in6->sin6_addr) == 1 ? 0 : -1;
}

int address_read(struct address *address, const char *text, char *why, size_t room)
{
    const char *colon = strrchr(text, ':');
    const char *from = text, *to = colon;
    char host[64];
    uint16_t port;

    if (!colon || !colon[1]) {
        snprintf(why, room, "\"%s\" has no port: say host:port, as 127.0.0.1:8080", text);
        return -1;
    }
    if (port_read(colon + 1, &port)) {
        snprintf(why, room, "\"%s\": a port is a whole number from 0 to 65535, and not \"%s\"",
                 text, colon + 1);
        return -1;
    }
    if (*from == '[' && to > from + 1 && to[-1] == ']') {
        from++;
        to--;
    } else if (memchr(from, ':', (size_t)(to - from))) {
        snprintf(why, room, "\"%s\": an IPv6 address stands in brackets, as [::1]:8080", text);
        return -1;
    }
    if ((size_t)(to - from) < sizeof host) {
        memcpy(host, from, (size_t)(to - from));
        host[to - from] = '\0';
        if (!host_read(address, host, port))
            return 0;
    }
    snprintf(why, room, "\"%s\": the host must be localhost or an address in numbers", text);
    return -1;
}
