/* The packet fields of DNS under Wireshark's names: the one list of them. Included where FIELD is
 * defined, as often as needed. Knows nothing of how they are read.
 * FIELD(identifier, type, flags, name, help, source) */
#define R1035 "RFC 1035 section "

FIELD(LENGTH, U16, 0, "dns.length", "bytes of a message over TCP", R1035 "4.2.2")
FIELD(ID, U16, HEX, "dns.id", "transaction id", R1035 "4.1.1")
FIELD(FLAGS, U16, HEX, "dns.flags", "flags, opcode and reply code", R1035 "4.1.1")
FIELD(RESPONSE, BOOL, 0, "dns.flags.response", "a response, not a query", R1035 "4.1.1")
FIELD(OPCODE, U16, ID, "dns.flags.opcode", "kind of query", R1035 "4.1.1")
FIELD(AUTHORITATIVE, BOOL, 0, "dns.flags.authoritative", "the server has authority", R1035 "4.1.1")
FIELD(TRUNCATED, BOOL, 0, "dns.flags.truncated", "message was cut by its sender", R1035 "4.1.1")
FIELD(RECDESIRED, BOOL, 0, "dns.flags.recdesired", "recursion desired", R1035 "4.1.1")
FIELD(RECAVAIL, BOOL, 0, "dns.flags.recavail", "recursion available", R1035 "4.1.1")
FIELD(Z, BOOL, 0, "dns.flags.z", "reserved bit", R1035 "4.1.1")
FIELD(AUTHENTICATED, BOOL, 0, "dns.flags.authenticated", "answer was authenticated by the server",
      "RFC 4035 section 3.2.3")
FIELD(CHECKDISABLE, BOOL, 0, "dns.flags.checkdisable", "data that was not authenticated is welcome",
      "RFC 4035 section 3.2.2")
FIELD(RCODE, U16, ID, "dns.flags.rcode", "reply code", R1035 "4.1.1")
FIELD(CONFLICT, BOOL, 0, "dns.flags.conflict", "LLMNR: conflict", "RFC 4795 section 2.1.1")
FIELD(TENTATIVE, BOOL, 0, "dns.flags.tentative", "LLMNR: name not verified yet",
      "RFC 4795 section 2.1.1")
FIELD(N_QUERIES, U16, 0, "dns.count.queries", "questions that the header counts", R1035 "4.1.1")
FIELD(N_ANSWERS, U16, 0, "dns.count.answers", "answers that the header counts", R1035 "4.1.1")
FIELD(N_AUTHORITY, U16, 0, "dns.count.auth_rr", "authority records that the header counts",
      R1035 "4.1.1")
FIELD(N_ADDITIONAL, U16, 0, "dns.count.add_rr", "additional records that the header counts",
      R1035 "4.1.1")
FIELD(N_ZONES, U16, 0, "dns.count.zones", "UPDATE: zones that the header counts",
      "RFC 2136 section 2.2")
FIELD(N_PREREQUISITES, U16, 0, "dns.count.prerequisites",
      "UPDATE: prerequisites that the header counts", "RFC 2136 section 2.2")
FIELD(N_UPDATES, U16, 0, "dns.count.updates", "UPDATE: updates that the header counts",
      "RFC 2136 section 2.2")
FIELD(QRY_NAME, STRING, 0, "dns.qry.name", "name asked for", R1035 "4.1.2")
FIELD(QRY_NAME_LEN, U16, 0, "dns.qry.name.len", "its length as text", NULL)
FIELD(N_LABELS, U16, 0, "dns.count.labels", "its labels", NULL)
FIELD(QRY_TYPE, U16, ID, "dns.qry.type", "type asked for", R1035 "3.2.3")
FIELD(QRY_CLASS, U16, HEX, "dns.qry.class", "class asked for", R1035 "3.2.5")
FIELD(QRY_QU, BOOL, 0, "dns.qry.qu", "mDNS: a unicast answer is welcome", "RFC 6762 section 5.4")
FIELD(RESP_NAME, STRING, 0, "dns.resp.name", "name of a record", R1035 "4.1.3")
FIELD(RESP_TYPE, U16, ID, "dns.resp.type", "type of a record", R1035 "3.2.2")
FIELD(RESP_CLASS, U16, HEX, "dns.resp.class", "class of a record", R1035 "3.2.4")
FIELD(CACHE_FLUSH, BOOL, 0, "dns.resp.cache_flush", "mDNS: older records are void",
      "RFC 6762 section 10.2")
FIELD(TTL, U32, 0, "dns.resp.ttl", "seconds that a record may be kept", R1035 "4.1.3")
FIELD(LEN, U16, 0, "dns.resp.len", "bytes of a record's data", R1035 "4.1.3")

#undef R1035
#undef FIELD
