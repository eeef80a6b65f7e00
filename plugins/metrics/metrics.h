/* What the files of this plugin share. Must not know how flows are found. */
#ifndef METRICS_H
#define METRICS_H

#include "trawl/plugin.h"

extern const trawl_host *host;

/* One metric each. */
extern const trawl_metric slicer_metric, splt_metric, dhcp_metric, wavelet_metric;

/** What one DHCP message says (RFC 2131, RFC 2132). Pointers are into the message; 0: not there. */
struct dhcp_message {
    uint8_t type;                                    /**< option 53: 1 DISCOVER … 8 INFORM */
    uint8_t client[4];                               /**< ciaddr */
    uint8_t oui[3];                                  /**< of the client's link address */
    const uint8_t *requested;                        /**< option 50: four bytes, or NULL */
    const uint8_t *host_name, *list, *vendor, *user; /**< options 12, 55, 60, 77 */
    uint8_t n_host_name, n_list, n_vendor, n_user;
    uint8_t has_size;
    uint16_t size; /**< option 57 */
    uint16_t n_options;
    uint8_t options[512]; /**< their codes in order, those beyond left out */
};

/** 0: it is none. What its options hold beyond its end is left out. */
int dhcp_read(const uint8_t *data, size_t n, struct dhcp_message *ret);

#endif
