/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* recvmmsg */
#include <errno.h>
#include <time.h> /* before errqueue.h, which needs it */

#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sim/live/datagram.h"

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

enum { BUFFER_WISH = 16 << 20, PADDING = 4096, PIECES = DATAGRAM_MOST / PADDING + 2 };

int datagram_socket(int family)
{
    const int made = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int wish = BUFFER_WISH;

    if (made < 0)
        return -errno;
    setsockopt(made, SOL_SOCKET, SO_RCVBUF, &wish, sizeof wish);
    setsockopt(made, SOL_SOCKET, SO_SNDBUF, &wish, sizeof wish);
    return made;
}

uint64_t datagram_buffer(int socket)
{
    int granted = 0;
    socklen_t n = sizeof granted;

    return getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &granted, &n) ? 0 : (uint64_t)granted;
}

/* The counter that SO_RXQ_OVFL tells with the next datagram; here it need not come. */
uint64_t datagram_drops(int socket)
{
    uint32_t memory[SK_MEMINFO_VARS] = { 0 };
    socklen_t n = sizeof memory;

    return getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory, &n) ? 0 : memory[SK_MEMINFO_DROPS];
}

/* The body is written from a page of nothing, over and over. */
int datagram_send(int socket, const struct datagram_peer *peer, const char *text, size_t n,
                  uint32_t body)
{
    static const char padding[PADDING];
    struct iovec piece[PIECES] = { { .iov_base = (void *)(uintptr_t)text, .iov_len = n } };
    struct msghdr message = { .msg_iov = piece, .msg_iovlen = 1 };
    ssize_t sent;

    if (body > DATAGRAM_BODY_MOST)
        return EMSGSIZE;
    if (peer) {
        message.msg_name = (void *)(uintptr_t)&peer->at;
        message.msg_namelen = peer->length;
    }
    while (body) {
        const uint32_t part = body < PADDING ? body : PADDING;

        piece[message.msg_iovlen++] =
            (struct iovec) { .iov_base = (void *)(uintptr_t)padding, .iov_len = part };
        body -= part;
    }
    do
        sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? errno : 0;
}

int datagram_receive(int socket, struct datagram_batch *batch)
{
    struct mmsghdr message[DATAGRAM_BATCH];
    struct iovec piece[DATAGRAM_BATCH];
    int i, n;

    memset(message, 0, sizeof message);
    for (i = 0; i < DATAGRAM_BATCH; i++) {
        struct msghdr *header = &message[i].msg_hdr;

        piece[i] = (struct iovec) { batch->came[i].bytes, DATAGRAM_ROOM };
        header->msg_iov = &piece[i];
        header->msg_iovlen = 1;
        header->msg_name = &batch->came[i].from.at;
        header->msg_namelen = sizeof batch->came[i].from.at;
    }
    n = recvmmsg(socket, message, DATAGRAM_BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    for (i = 0; i < n; i++) {
        const size_t whole = message[i].msg_len;

        batch->came[i].whole = whole;
        batch->came[i].n = whole < DATAGRAM_ROOM ? whole : DATAGRAM_ROOM;
        batch->came[i].from.length = message[i].msg_hdr.msg_namelen;
    }
    return n;
}

int datagram_want_returns(int socket, int family)
{
    const int yes = 1;

    return family == AF_INET6 ? setsockopt(socket, IPPROTO_IPV6, IPV6_RECVERR, &yes, sizeof yes)
                              : setsockopt(socket, IPPROTO_IP, IP_RECVERR, &yes, sizeof yes);
}

/* Was it a router or the peer's machine that said so, and not this one? */
static bool from_afar(struct msghdr *message)
{
    struct cmsghdr *part;

    for (part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        struct sock_extended_err error;

        if (!(part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR) &&
            !(part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR))
            continue;
        memcpy(&error, CMSG_DATA(part), sizeof error);
        return error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
    }
    return false;
}

ssize_t datagram_returned(int socket, char *bytes, size_t room)
{
    union {
        struct cmsghdr align;
        char room[256];
    } control;
    struct iovec piece = { bytes, room };
    struct msghdr message = { .msg_iov = &piece,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof control };
    const ssize_t n = recvmsg(socket, &message, MSG_ERRQUEUE | MSG_DONTWAIT);

    if (n < 0)
        return -1;
    return from_afar(&message) ? n : 0;
}
