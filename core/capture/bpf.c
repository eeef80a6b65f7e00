/* libpcap's filters, compiled for each link type that turns up.
 * Must not know files. */
#include "core/capture/bpf.h"

#include <pthread.h>

#include "core/base/text.h"
#include "core/capture/libpcap.h"
#include "core/capture/record.h"

enum {
    MAX_PROGRAMS = 64, /* link types of one input; more are refused */
    SNAPLEN = 262144
};

struct program {
    uint32_t link_type;
    struct bpf_program code;
};

struct tw_bpf {
    char *text;
    struct program programs[MAX_PROGRAMS];
    size_t n_programs;
};

/* pcap_compile() of older libpcap versions has global state. */
static pthread_mutex_t compile_lock = PTHREAD_MUTEX_INITIALIZER;

/* LINKTYPE_ numbers differ from this machine's DLT_ numbers in a few places. */
static int dlt_of(uint32_t link_type)
{
    switch (link_type) {
    case 100:
        return DLT_ATM_RFC1483;
    case 101:
        return DLT_RAW;
    case 106:
        return DLT_ATM_CLIP;
    default:
        return (int)link_type;
    }
}

static int compile(const char *text, uint32_t link_type, struct bpf_program *ret, trawl_error *err)
{
    pcap_t *pcap;
    struct tw_buffer message = TW_BUFFER_INIT;
    int rc = TRAWL_OK;

    if (tw_reader_of_link(link_type)) {
        tw_fail(err, TRAWL_E_USAGE, "filter '%s' needs packets, and these are records of %s", text,
                tw_reader_of_link(link_type)->name);
        tw_error_hint(err, "Filter them with an expression: --where, or '| where'.");
        return TRAWL_E_USAGE;
    }
    pthread_mutex_lock(&compile_lock);
    pcap = tw_libpcap.open_dead(dlt_of(link_type), SNAPLEN);
    if (!pcap) {
        rc = tw_fail_nomem(err);
    } else if (tw_libpcap.compile(pcap, ret, text, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        const char *why = tw_libpcap.geterr(pcap);

        tw_escape(&message, why, strlen(why));
        rc = tw_fail(err, TRAWL_E_USAGE, "filter '%s' is not valid: %s", text,
                     message.data ? message.data : "");
        tw_error_hint(err, "A filter in libpcap's language, for example 'tcp port 443'.");
        tw_buffer_fini(&message);
    }
    if (pcap)
        tw_libpcap.close(pcap);
    pthread_mutex_unlock(&compile_lock);
    return rc;
}

int tw_bpf_new(const char *text, struct tw_bpf **ret, trawl_error *err)
{
    const int rc = tw_libpcap_load(err);
    struct tw_bpf *bpf = rc == TRAWL_OK ? tw_alloc(sizeof(*bpf)) : NULL;

    if (!bpf)
        return rc == TRAWL_OK ? tw_fail_nomem(err) : rc;
    bpf->text = tw_strdup(text);
    if (!bpf->text) {
        tw_free(bpf);
        return tw_fail_nomem(err);
    }
    *ret = bpf;
    return TRAWL_OK;
}

void tw_bpf_free(struct tw_bpf *bpf)
{
    if (!bpf)
        return;
    for (size_t i = 0; i < bpf->n_programs; i++)
        tw_libpcap.freecode(&bpf->programs[i].code);
    tw_free(bpf->text);
    tw_free(bpf);
}

static int find_program(struct tw_bpf *bpf, uint32_t link_type, struct program **ret,
                        trawl_error *err)
{
    int rc;

    for (size_t i = 0; i < bpf->n_programs; i++) {
        if (bpf->programs[i].link_type == link_type) {
            *ret = &bpf->programs[i];
            return TRAWL_OK;
        }
    }
    if (bpf->n_programs == MAX_PROGRAMS)
        return tw_fail(err, TRAWL_E_UNSUPPORTED, "a filter over more than %d link types",
                       MAX_PROGRAMS);
    *ret = &bpf->programs[bpf->n_programs];
    rc = compile(bpf->text, link_type, &(*ret)->code, err);
    if (rc != TRAWL_OK)
        return rc;
    (*ret)->link_type = link_type;
    bpf->n_programs++;
    return TRAWL_OK;
}

int tw_bpf_match(struct tw_bpf *bpf, const struct tw_interface *interface,
                 const struct tw_record *record, bool *ret, trawl_error *err)
{
    struct program *program = NULL;
    struct pcap_pkthdr header = {.caplen = record->cap_len, .len = record->len};
    int rc = find_program(bpf, interface->link_type, &program, err);

    if (rc == TRAWL_OK)
        *ret = tw_libpcap.offline_filter(&program->code, &header, record->data) != 0;
    return rc;
}
