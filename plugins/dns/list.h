/* The packet fields of DNS under Wireshark's names: the one list of them. Included where FIELD is
 * defined, as often as needed. Knows nothing of how they are read.
 * FIELD(identifier, type, flags, name, help, source) */
#define R1035 "RFC 1035 section "

FIELD(MDNS, BOOL, 0, "mdns", "multicast DNS: UDP or TCP port 5353", "RFC 6762 section 3")
FIELD(LLMNR, BOOL, 0, "llmnr", "link-local multicast name resolution: UDP port 5355",
      "RFC 4795 section 2")
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
FIELD(QRY_NAME_LEN, U16, 0, "dns.qry.name.len",
      "its length as text, without backslashes that only the text has", NULL)
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

FIELD(A, IP, 0, "dns.a", "A: IPv4 address", R1035 "3.4.1")
FIELD(AAAA, IP, 0, "dns.aaaa", "AAAA: IPv6 address", "RFC 3596 section 2.2")
FIELD(NS, STRING, 0, "dns.ns", "NS: name server", R1035 "3.3.11")
FIELD(CNAME, STRING, 0, "dns.cname", "CNAME: the name that it stands for", R1035 "3.3.1")
FIELD(DNAME, STRING, 0, "dns.dname", "DNAME: the tree that it stands for", "RFC 6672 section 2.1")
FIELD(PTR, STRING, 0, "dns.ptr.domain_name", "PTR: name", R1035 "3.3.12")
FIELD(MD, STRING, 0, "dns.md", "MD: mail destination", R1035 "3.3.4")
FIELD(MF, STRING, 0, "dns.mf", "MF: mail forwarder", R1035 "3.3.5")
FIELD(MB, STRING, 0, "dns.mb", "MB: host of a mailbox", R1035 "3.3.3")
FIELD(MG, STRING, 0, "dns.mg", "MG: member of a mail group", R1035 "3.3.6")
FIELD(MR, STRING, 0, "dns.mr", "MR: new name of a mailbox", R1035 "3.3.8")
FIELD(NULL_DATA, BYTES, 0, "dns.null", "NULL: data", R1035 "3.3.10")
FIELD(MINFO_R, STRING, 0, "dns.minfo.r", "MINFO: responsible mailbox", R1035 "3.3.7")
FIELD(MINFO_E, STRING, 0, "dns.minfo.e", "MINFO: mailbox for errors", R1035 "3.3.7")
FIELD(WKS_ADDRESS, IP, 0, "dns.wks.address", "WKS: address", R1035 "3.4.2")
FIELD(WKS_PROTOCOL, U8, ID, "dns.wks.protocol", "WKS: IP protocol", R1035 "3.4.2")
FIELD(WKS_BITS, U8, HEX, "dns.wks.bits", "WKS: a byte of the ports' bitmap that is not 0",
      R1035 "3.4.2")
FIELD(MX_PREFERENCE, U16, 0, "dns.mx.preference", "MX: lower is preferred", R1035 "3.3.9")
FIELD(MX_EXCHANGE, STRING, 0, "dns.mx.mail_exchange", "MX: mail server", R1035 "3.3.9")
FIELD(HINFO_CPU_LENGTH, U8, 0, "dns.hinfo.cpu_length", "HINFO: bytes of the CPU", R1035 "3.3.2")
FIELD(HINFO_CPU, STRING, 0, "dns.hinfo.cpu", "HINFO: CPU", R1035 "3.3.2")
FIELD(HINFO_OS_LENGTH, U8, 0, "dns.hinfo.os_length", "HINFO: bytes of the system", R1035 "3.3.2")
FIELD(HINFO_OS, STRING, 0, "dns.hinfo.os", "HINFO: operating system", R1035 "3.3.2")
FIELD(SOA_MNAME, STRING, 0, "dns.soa.mname", "SOA: primary name server", R1035 "3.3.13")
FIELD(SOA_RNAME, STRING, 0, "dns.soa.rname", "SOA: mailbox in charge", R1035 "3.3.13")
FIELD(SOA_SERIAL, U32, ID, "dns.soa.serial_number", "SOA: version of the zone", R1035 "3.3.13")
FIELD(SOA_REFRESH, U32, 0, "dns.soa.refresh_interval", "SOA: seconds to a refresh", R1035 "3.3.13")
FIELD(SOA_RETRY, U32, 0, "dns.soa.retry_interval", "SOA: seconds to a retry", R1035 "3.3.13")
FIELD(SOA_EXPIRE, U32, 0, "dns.soa.expire_limit", "SOA: seconds until the zone is void",
      R1035 "3.3.13")
FIELD(SOA_MINIMUM, U32, 0, "dns.soa.minimum_ttl", "SOA: seconds that a denial may be kept",
      "RFC 2308 section 4")
FIELD(TXT_LENGTH, U8, 0, "dns.txt.length", "TXT: bytes of a text", R1035 "3.3.14")
FIELD(TXT, STRING, 0, "dns.txt", "TXT: text", R1035 "3.3.14")
FIELD(SPF_LENGTH, U8, 0, "dns.spf.length", "SPF: bytes of a text", "RFC 7208 section 3")
FIELD(SPF, STRING, 0, "dns.spf", "SPF: text", "RFC 7208 section 3")
FIELD(RP_MAILBOX, STRING, 0, "dns.rp.mailbox", "RP: mailbox", "RFC 1183 section 2.2")
FIELD(RP_TXT, STRING, 0, "dns.rp.txt_rr", "RP: name with texts", "RFC 1183 section 2.2")
FIELD(AFSDB_SUBTYPE, U16, ID, "dns.afsdb.subtype", "AFSDB: subtype", "RFC 1183 section 1")
FIELD(AFSDB_HOSTNAME, STRING, 0, "dns.afsdb.hostname", "AFSDB: host", "RFC 1183 section 1")
FIELD(RT_SUBTYPE, U16, 0, "dns.rt.subtype", "RT: lower is preferred", "RFC 1183 section 3.3")
FIELD(RT_HOST, STRING, 0, "dns.rt.intermediate_host", "RT: host between", "RFC 1183 section 3.3")
FIELD(NSAP, BYTES, 0, "dns.nsap.rdata", "NSAP: address", "RFC 1706 section 5")
FIELD(NSAP_PTR, STRING, 0, "dns.nsap_ptr.owner", "NSAP-PTR: name", "RFC 1348")
FIELD(PX_PREFERENCE, U16, 0, "dns.px.preference", "PX: lower is preferred", "RFC 2163 section 4")
FIELD(PX_MAP822, STRING, 0, "dns.px.map822", "PX: RFC 822 part", "RFC 2163 section 4")
FIELD(PX_MAP400, STRING, 0, "dns.px.map400", "PX: X.400 part", "RFC 2163 section 4")
FIELD(KX_PREFERENCE, U16, 0, "dns.kx.preference", "KX: lower is preferred", "RFC 2230 section 3")
FIELD(KX_EXCHANGE, STRING, 0, "dns.kx.key_exchange", "KX: key exchanger", "RFC 2230 section 3")
FIELD(GPOS_LONGITUDE_LENGTH, U8, 0, "dns.gpos.longitude_length", "GPOS: bytes of the longitude",
      "RFC 1712 section 3")
FIELD(GPOS_LONGITUDE, STRING, 0, "dns.gpos.longitude", "GPOS: longitude as text",
      "RFC 1712 section 3")
FIELD(GPOS_LATITUDE_LENGTH, U8, 0, "dns.gpos.latitude_length", "GPOS: bytes of the latitude",
      "RFC 1712 section 3")
FIELD(GPOS_LATITUDE, STRING, 0, "dns.gpos.latitude", "GPOS: latitude as text", "RFC 1712 section 3")
FIELD(GPOS_ALTITUDE_LENGTH, U8, 0, "dns.gpos.altitude_length", "GPOS: bytes of the altitude",
      "RFC 1712 section 3")
FIELD(GPOS_ALTITUDE, STRING, 0, "dns.gpos.altitude", "GPOS: metres of altitude as text",
      "RFC 1712 section 3")
FIELD(X25_LENGTH, U8, 0, "dns.x25.length", "X25: bytes of the address", "RFC 1183 section 3.1")
FIELD(X25, STRING, 0, "dns.x25.psdn_address", "X25: address", "RFC 1183 section 3.1")
FIELD(ISDN_LENGTH, U8, 0, "dns.idsn.length", "ISDN: bytes of the address", "RFC 1183 section 3.2")
FIELD(ISDN, STRING, 0, "dns.idsn.address", "ISDN: address", "RFC 1183 section 3.2")
FIELD(ISDN_SA_LENGTH, U8, 0, "dns.idsn.sa.length", "ISDN: bytes of the subaddress",
      "RFC 1183 section 3.2")
FIELD(ISDN_SA, STRING, 0, "dns.idsn.sa.address", "ISDN: subaddress", "RFC 1183 section 3.2")
FIELD(KEY_FLAGS, U16, HEX, "dns.key.flags", "KEY: flags", "RFC 2535 section 3.1")
FIELD(KEY_AUTHENTICATION, BOOL, 0, "dns.key.flags.authentication", "KEY: not for authentication",
      "RFC 2535 section 3.1")
FIELD(KEY_CONFIDENTIALITY, BOOL, 0, "dns.key.flags.confidentiality", "KEY: not for confidentiality",
      "RFC 2535 section 3.1")
FIELD(KEY_REQUIRED, BOOL, 0, "dns.key.flags.required", "KEY: experimental or optional",
      "RFC 2535 section 3.1")
FIELD(KEY_USER, BOOL, 0, "dns.key.flags.associated_user", "KEY: a user's", "RFC 2535 section 3.1")
FIELD(KEY_ENTITY, BOOL, 0, "dns.key.flags.associated_named_entity", "KEY: the named host's",
      "RFC 2535 section 3.1")
FIELD(KEY_IPSEC, BOOL, 0, "dns.key.flags.ipsec", "KEY: for IPSEC", "RFC 2535 section 3.1")
FIELD(KEY_MIME, BOOL, 0, "dns.key.flags.mime", "KEY: for MIME", "RFC 2535 section 3.1")
FIELD(KEY_SIGNATORY, U8, ID, "dns.key.flags.signatory", "KEY: what it may sign",
      "RFC 2535 section 3.1")
FIELD(KEY_PROTOCOL, U8, ID, "dns.key.protocol", "KEY: protocol", "RFC 2535 section 3.1")
FIELD(KEY_ALGORITHM, U8, ID, "dns.key.algorithm", "KEY: algorithm", "RFC 2535 section 3.1")
FIELD(KEY_ID, U16, ID, "dns.key.key_id", "KEY: key tag, computed", "RFC 4034 appendix B")
FIELD(KEY, BYTES, 0, "dns.key.public_key", "KEY: key", "RFC 2535 section 3.1")
FIELD(LOC_VERSION, U8, ID, "dns.loc.version", "LOC: version of its form, 0", "RFC 1876 section 2")
FIELD(LOC_SIZE, U8, ID, "dns.loc.size", "LOC: diameter, a digit and a power of ten, in cm",
      "RFC 1876 section 2")
FIELD(LOC_HORIZONTAL, U8, ID, "dns.loc.horizontal_precision",
      "LOC: horizontal precision, a digit and a power of ten, in cm", "RFC 1876 section 2")
FIELD(LOC_VERTICAL, U8, ID, "dns.loc.vertical_precision",
      "LOC: vertical precision, a digit and a power of ten, in cm", "RFC 1876 section 2")
FIELD(LOC_LATITUDE, U32, ID, "dns.loc.latitude",
      "LOC: thousandths of a second, the equator is 2^31", "RFC 1876 section 2")
FIELD(LOC_LONGITUDE, U32, ID, "dns.loc.longitude",
      "LOC: thousandths of a second, the meridian is 2^31", "RFC 1876 section 2")
FIELD(LOC_ALTITUDE, U32, ID, "dns.loc.altitude", "LOC: cm above -100 km", "RFC 1876 section 2")
FIELD(LOC_DATA, BYTES, 0, "dns.loc.unknown_data", "LOC: data of another version",
      "RFC 1876 section 2")
FIELD(NXT_NEXT, STRING, 0, "dns.nxt.next_domain_name", "NXT: next name", "RFC 2535 section 5.2")
FIELD(A6_PREFIX_LEN, U8, 0, "dns.a6.prefix_len", "A6: bits that the prefix has",
      "RFC 2874 section 3.1")
FIELD(A6_SUFFIX, IP, 0, "dns.a6.address_suffix", "A6: the others", "RFC 2874 section 3.1")
FIELD(A6_PREFIX_NAME, STRING, 0, "dns.a6.prefix_name", "A6: name of the prefix",
      "RFC 2874 section 3.1")
FIELD(APL_FAMILY, U16, ID, "dns.apl.address_family", "APL: family of an address",
      "RFC 3123 section 4")
FIELD(APL_PREFIX, U8, 0, "dns.apl.coded_prefix", "APL: bits of it that count", "RFC 3123 section 4")
FIELD(APL_NEGATION, BOOL, 0, "dns.apl.negation", "APL: all but these", "RFC 3123 section 4")
FIELD(APL_LENGTH, U8, 0, "dns.apl.afdlength", "APL: bytes of it", "RFC 3123 section 4")
FIELD(APL_IP4, IP, 0, "dns.apl.afdpart.ipv4", "APL: IPv4 address", "RFC 3123 section 4")
FIELD(APL_IP6, IP, 0, "dns.apl.afdpart.ipv6", "APL: IPv6 address", "RFC 3123 section 4")
FIELD(APL_DATA, BYTES, 0, "dns.apl.afdpart.data", "APL: address of another family",
      "RFC 3123 section 4")
FIELD(IPSECKEY_PRECEDENCE, U8, 0, "dns.ipseckey.gateway_precedence", "IPSECKEY: lower is preferred",
      "RFC 4025 section 2")
FIELD(IPSECKEY_TYPE, U8, ID, "dns.ipseckey.gateway_type", "IPSECKEY: what the gateway is",
      "RFC 4025 section 2")
FIELD(IPSECKEY_ALGORITHM, U8, ID, "dns.ipseckey.gateway_algorithm",
      "IPSECKEY: algorithm of the key", "RFC 4025 section 2")
FIELD(IPSECKEY_IP4, IP, 0, "dns.ipseckey.gateway_ipv4", "IPSECKEY: gateway, IPv4",
      "RFC 4025 section 2")
FIELD(IPSECKEY_IP6, IP, 0, "dns.ipseckey.gateway_ipv6", "IPSECKEY: gateway, IPv6",
      "RFC 4025 section 2")
FIELD(IPSECKEY_NAME, STRING, 0, "dns.ipseckey.gateway_dns", "IPSECKEY: gateway, name",
      "RFC 4025 section 2")
FIELD(IPSECKEY, BYTES, 0, "dns.ipseckey.public_key", "IPSECKEY: key", "RFC 4025 section 2")
FIELD(HIP_LENGTH, U8, 0, "dns.hip.hit.length", "HIP: bytes of the identity", "RFC 8005 section 5")
FIELD(HIP_ALGORITHM, U8, ID, "dns.hip.hit.pk.algo", "HIP: algorithm of the key",
      "RFC 8005 section 5")
FIELD(HIP_KEY_LENGTH, U16, 0, "dns.hip.pk.length", "HIP: bytes of the key", "RFC 8005 section 5")
FIELD(HIP, BYTES, 0, "dns.hip.hit", "HIP: host's identity", "RFC 8005 section 5")
FIELD(HIP_KEY, BYTES, 0, "dns.hip.pk", "HIP: key", "RFC 8005 section 5")
FIELD(HIP_SERVER, STRING, 0, "dns.hip.rendezvous_server", "HIP: server to meet at",
      "RFC 8005 section 5")
FIELD(CSYNC_SOA, U32, ID, "dns.csync.soa", "CSYNC: version of the zone", "RFC 7477 section 2.1.1")
FIELD(CSYNC_FLAGS, U16, HEX, "dns.csync.flags", "CSYNC: flags", "RFC 7477 section 2.1.1")
FIELD(CSYNC_IMMEDIATE, BOOL, 0, "dns.csync.flags.immediate", "CSYNC: at once",
      "RFC 7477 section 2.1.1")
FIELD(CSYNC_SOAMINIMUM, BOOL, 0, "dns.csync.flags.soaminimum", "CSYNC: not for older versions",
      "RFC 7477 section 2.1.1")
FIELD(CSYNC_TYPES, BYTES, 0, "dns.csync.type_bitmap", "CSYNC: bitmap of types",
      "RFC 7477 section 2.1.1")
FIELD(NID_PREFERENCE, U16, 0, "dns.ilnp.nid.preference", "NID: lower is preferred",
      "RFC 6742 section 2.1")
FIELD(NID, BYTES, 0, "dns.ilnp.nid", "NID: identifier of a node", "RFC 6742 section 2.1")
FIELD(L32_PREFERENCE, U16, 0, "dns.ilnp.l32.preference", "L32: lower is preferred",
      "RFC 6742 section 2.2")
FIELD(L32, IP, 0, "dns.ilnp.l32", "L32: locator of 32 bits", "RFC 6742 section 2.2")
FIELD(L64_PREFERENCE, U16, 0, "dns.ilnp.l64.preference", "L64: lower is preferred",
      "RFC 6742 section 2.3")
FIELD(L64, BYTES, 0, "dns.ilnp.l64", "L64: locator of 64 bits", "RFC 6742 section 2.3")
FIELD(LP_PREFERENCE, U16, 0, "dns.ilnp.lp.preference", "LP: lower is preferred",
      "RFC 6742 section 2.4")
FIELD(LP, STRING, 0, "dns.ilnp.lp", "LP: name of locators", "RFC 6742 section 2.4")
FIELD(WINS_LOCAL, BOOL, 0, "dns.wins.local_flag", "WINS: not for transfer",
      "MS-DNSP section 2.2.2.2.4")
FIELD(WINS_LOOKUP, U32, 0, "dns.wins.lookup_timeout", "WINS: seconds to look up",
      "MS-DNSP section 2.2.2.2.4")
FIELD(WINS_CACHE, U32, 0, "dns.wins.cache_timeout", "WINS: seconds that answers are kept",
      "MS-DNSP section 2.2.2.2.4")
FIELD(WINS_N_SERVERS, U32, 0, "dns.wins.nb_wins_servers", "WINS: servers that it counts",
      "MS-DNSP section 2.2.2.2.4")
FIELD(WINS_SERVER, IP, 0, "dns.wins.wins_server", "WINS: server", "MS-DNSP section 2.2.2.2.4")
FIELD(WINSR_LOCAL, BOOL, 0, "dns.winsr.local_flag", "WINS-R: not for transfer",
      "MS-DNSP section 2.2.2.2.4")
FIELD(WINSR_LOOKUP, U32, 0, "dns.winsr.lookup_timeout", "WINS-R: seconds to look up",
      "MS-DNSP section 2.2.2.2.4")
FIELD(WINSR_CACHE, U32, 0, "dns.winsr.cache_timeout", "WINS-R: seconds that answers are kept",
      "MS-DNSP section 2.2.2.2.4")
FIELD(WINSR_DOMAIN, STRING, 0, "dns.winsr.name_result_domain", "WINS-R: domain of what is found",
      "MS-DNSP section 2.2.2.2.4")
FIELD(XPF_VERSION, U8, ID, "dns.xpf.ip_version", "XPF: IP version of the client's query",
      "draft-bellis-dnsop-xpf")
FIELD(XPF_PROTOCOL, U8, ID, "dns.xpf.protocol", "XPF: its IP protocol", "draft-bellis-dnsop-xpf")
FIELD(XPF_SRC4, IP, 0, "dns.xpf.source_ipv4", "XPF: its source, IPv4", "draft-bellis-dnsop-xpf")
FIELD(XPF_DST4, IP, 0, "dns.xpf.destination_ipv4", "XPF: its destination, IPv4",
      "draft-bellis-dnsop-xpf")
FIELD(XPF_SRC6, IP, 0, "dns.xpf.source_ipv6", "XPF: its source, IPv6", "draft-bellis-dnsop-xpf")
FIELD(XPF_DST6, IP, 0, "dns.xpf.destination_ipv6", "XPF: its destination, IPv6",
      "draft-bellis-dnsop-xpf")
FIELD(XPF_SRC_PORT, U16, ID, "dns.xpf.sport", "XPF: its source port", "draft-bellis-dnsop-xpf")
FIELD(XPF_DST_PORT, U16, ID, "dns.xpf.dport", "XPF: its destination port", "draft-bellis-dnsop-xpf")
FIELD(SRV_SERVICE, STRING, 0, "dns.srv.service", "SRV: service, from the record's name", "RFC 2782")
FIELD(SRV_PROTO, STRING, 0, "dns.srv.proto", "SRV: protocol, from the record's name", "RFC 2782")
FIELD(SRV_NAME, STRING, 0, "dns.srv.name", "SRV: domain, from the record's name", "RFC 2782")
FIELD(SRV_PRIORITY, U16, 0, "dns.srv.priority", "SRV: lower is preferred", "RFC 2782")
FIELD(SRV_WEIGHT, U16, 0, "dns.srv.weight", "SRV: share among equals", "RFC 2782")
FIELD(SRV_PORT, U16, ID, "dns.srv.port", "SRV: port", "RFC 2782")
FIELD(SRV_TARGET, STRING, 0, "dns.srv.target", "SRV: host", "RFC 2782")
FIELD(NAPTR_ORDER, U16, 0, "dns.naptr.order", "NAPTR: lower comes first", "RFC 3403 section 4.1")
FIELD(NAPTR_PREFERENCE, U16, 0, "dns.naptr.preference", "NAPTR: lower is preferred",
      "RFC 3403 section 4.1")
FIELD(NAPTR_FLAGS_LENGTH, U8, 0, "dns.naptr.flags_length", "NAPTR: bytes of the flags",
      "RFC 3403 section 4.1")
FIELD(NAPTR_FLAGS, STRING, 0, "dns.naptr.flags", "NAPTR: flags", "RFC 3403 section 4.1")
FIELD(NAPTR_SERVICE_LENGTH, U8, 0, "dns.naptr.service_length", "NAPTR: bytes of the service",
      "RFC 3403 section 4.1")
FIELD(NAPTR_SERVICE, STRING, 0, "dns.naptr.service", "NAPTR: service", "RFC 3403 section 4.1")
FIELD(NAPTR_REGEX_LENGTH, U8, 0, "dns.naptr.regex_length", "NAPTR: bytes of the expression",
      "RFC 3403 section 4.1")
FIELD(NAPTR_REGEX, STRING, 0, "dns.naptr.regex", "NAPTR: expression that rewrites",
      "RFC 3403 section 4.1")
FIELD(NAPTR_REPLACEMENT_LENGTH, U8, 0, "dns.naptr.replacement_length",
      "NAPTR: length of the replacement as text", "RFC 3403 section 4.1")
FIELD(NAPTR_REPLACEMENT, STRING, 0, "dns.naptr.replacement", "NAPTR: next name",
      "RFC 3403 section 4.1")
FIELD(CERT_TYPE, U16, ID, "dns.cert.type", "CERT: kind", "RFC 4398 section 2")
FIELD(CERT_KEY_TAG, U16, HEX, "dns.cert.key_tag", "CERT: key tag", "RFC 4398 section 2")
FIELD(CERT_ALGORITHM, U8, ID, "dns.cert.algorithm", "CERT: algorithm", "RFC 4398 section 2")
FIELD(CERT, BYTES, 0, "dns.cert.certificate", "CERT: certificate or list", "RFC 4398 section 2")
FIELD(SSHFP_ALGORITHM, U8, ID, "dns.sshfp.algorithm", "SSHFP: algorithm of the key",
      "RFC 4255 section 3.1")
FIELD(SSHFP_TYPE, U8, ID, "dns.sshfp.fingerprint.type", "SSHFP: hash", "RFC 4255 section 3.1")
FIELD(SSHFP, BYTES, 0, "dns.sshfp.fingerprint", "SSHFP: fingerprint", "RFC 4255 section 3.1")
FIELD(DHCID, BYTES, 0, "dns.dhcid.rdata", "DHCID: data", "RFC 4701 section 3.1")
FIELD(TLSA_USAGE, U8, ID, "dns.tlsa.certificate_usage", "TLSA: usage", "RFC 6698 section 2.1")
FIELD(TLSA_SELECTOR, U8, ID, "dns.tlsa.selector", "TLSA: what of it", "RFC 6698 section 2.1")
FIELD(TLSA_MATCHING, U8, ID, "dns.tlsa.matching_type", "TLSA: hash", "RFC 6698 section 2.1")
FIELD(TLSA_DATA, BYTES, 0, "dns.tlsa.certificate_association_data", "TLSA: data",
      "RFC 6698 section 2.1")
FIELD(OPENPGPKEY, STRING, 0, "dns.openpgpkey", "OPENPGPKEY: key", "RFC 7929 section 2")
FIELD(EUI48, MAC, 0, "dns.eui48", "EUI48: address", "RFC 7043 section 3.1")
FIELD(EUI64, BYTES, 0, "dns.eui64", "EUI64: address", "RFC 7043 section 4.1")
FIELD(ZONEMD_SERIAL, U32, ID, "dns.zonemd.serial", "ZONEMD: version of the zone",
      "RFC 8976 section 2.2")
FIELD(ZONEMD_SCHEME, U8, ID, "dns.zonemd.scheme", "ZONEMD: scheme", "RFC 8976 section 2.2")
FIELD(ZONEMD_HASH, U8, ID, "dns.zonemd.hash_algo", "ZONEMD: hash", "RFC 8976 section 2.2")
FIELD(ZONEMD_DIGEST, BYTES, 0, "dns.zonemd.digest", "ZONEMD: digest", "RFC 8976 section 2.2")
FIELD(DS_KEY_ID, U16, HEX, "dns.ds.key_id", "DS: key tag", "RFC 4034 section 5.1")
FIELD(DS_ALGORITHM, U8, ID, "dns.ds.algorithm", "DS: algorithm", "RFC 4034 section 5.1")
FIELD(DS_DIGEST_TYPE, U8, ID, "dns.ds.digest_type", "DS: hash", "RFC 4034 section 5.1")
FIELD(DS_DIGEST, BYTES, 0, "dns.ds.digest", "DS: digest", "RFC 4034 section 5.1")
FIELD(RRSIG_TYPE, U16, ID, "dns.rrsig.type_covered", "RRSIG: type signed", "RFC 4034 section 3.1")
FIELD(RRSIG_ALGORITHM, U8, ID, "dns.rrsig.algorithm", "RRSIG: algorithm", "RFC 4034 section 3.1")
FIELD(RRSIG_LABELS, U8, 0, "dns.rrsig.labels", "RRSIG: labels of the name", "RFC 4034 section 3.1")
FIELD(RRSIG_TTL, U32, 0, "dns.rrsig.original_ttl", "RRSIG: seconds in the zone",
      "RFC 4034 section 3.1")
FIELD(RRSIG_EXPIRATION, TIME, 0, "dns.rrsig.signature_expiration", "RRSIG: valid until",
      "RFC 4034 section 3.1")
FIELD(RRSIG_INCEPTION, TIME, 0, "dns.rrsig.signature_inception", "RRSIG: valid from",
      "RFC 4034 section 3.1")
FIELD(RRSIG_KEY_TAG, U16, ID, "dns.rrsig.key_tag", "RRSIG: key tag", "RFC 4034 section 3.1")
FIELD(RRSIG_SIGNER, STRING, 0, "dns.rrsig.signers_name", "RRSIG: who signed",
      "RFC 4034 section 3.1")
FIELD(RRSIG_SIGNATURE, BYTES, 0, "dns.rrsig.signature", "RRSIG: signature", "RFC 4034 section 3.1")
FIELD(DNSKEY_FLAGS, U16, HEX, "dns.dnskey.flags", "DNSKEY: flags", "RFC 4034 section 2.1")
FIELD(DNSKEY_ZONE, BOOL, 0, "dns.dnskey.flags.zone_key", "DNSKEY: signs the zone",
      "RFC 4034 section 2.1")
FIELD(DNSKEY_REVOKED, BOOL, 0, "dns.dnskey.flags.key_revoked", "DNSKEY: revoked",
      "RFC 5011 section 3")
FIELD(DNSKEY_SEP, BOOL, 0, "dns.dnskey.flags.secure_entry_point", "DNSKEY: signs keys",
      "RFC 4034 section 2.1")
FIELD(DNSKEY_RESERVED, U16, HEX, "dns.dnskey.flags.reserved",
      "DNSKEY: other flags, without the lowest bit", "RFC 4034 section 2.1")
FIELD(DNSKEY_PROTOCOL, U8, ID, "dns.dnskey.protocol", "DNSKEY: 3", "RFC 4034 section 2.1")
FIELD(DNSKEY_ALGORITHM, U8, ID, "dns.dnskey.algorithm", "DNSKEY: algorithm", "RFC 4034 section 2.1")
FIELD(DNSKEY_KEY_ID, U16, ID, "dns.dnskey.key_id", "DNSKEY: key tag, computed",
      "RFC 4034 appendix B")
FIELD(DNSKEY_KEY, BYTES, 0, "dns.dnskey.public_key", "DNSKEY: key", "RFC 4034 section 2.1")
FIELD(NSEC_NEXT, STRING, 0, "dns.nsec.next_domain_name", "NSEC: next name", "RFC 4034 section 4.1")
FIELD(NSEC3_ALGO, U8, ID, "dns.nsec3.algo", "NSEC3: hash", "RFC 5155 section 3.1")
FIELD(NSEC3_FLAGS, U8, ID, "dns.nsec3.flags", "NSEC3: flags", "RFC 5155 section 3.1")
FIELD(NSEC3_OPT_OUT, BOOL, 0, "dns.nsec3.flags.opt_out", "NSEC3: may leave names out",
      "RFC 5155 section 3.1")
FIELD(NSEC3_ITERATIONS, U16, 0, "dns.nsec3.iterations", "NSEC3: rounds of the hash",
      "RFC 5155 section 3.1")
FIELD(NSEC3_SALT_LENGTH, U8, 0, "dns.nsec3.salt_length", "NSEC3: bytes of the salt",
      "RFC 5155 section 3.1")
FIELD(NSEC3_SALT, BYTES, 0, "dns.nsec3.salt_value", "NSEC3: salt", "RFC 5155 section 3.1")
FIELD(NSEC3_HASH_LENGTH, U8, 0, "dns.nsec3.hash_length", "NSEC3: bytes of the hash",
      "RFC 5155 section 3.1")
FIELD(NSEC3_HASH, STRING, 0, "dns.nsec3.hash_value", "NSEC3: next hash, in base 32",
      "RFC 5155 section 3.1")
FIELD(CAA_FLAGS, U8, HEX, "dns.caa.flags", "CAA: flags", "RFC 8659 section 4.1")
FIELD(CAA_CRITICAL, BOOL, 0, "dns.caa.flags.issuer_critical", "CAA: must be understood",
      "RFC 8659 section 4.1")
FIELD(CAA_ISSUE, STRING, 0, "dns.caa.issue", "CAA: may issue", "RFC 8659 section 4.2")
FIELD(CAA_ISSUEWILD, STRING, 0, "dns.caa.issuewild", "CAA: may issue wildcards",
      "RFC 8659 section 4.3")
FIELD(CAA_IODEF, STRING, 0, "dns.caa.iodef", "CAA: where to report", "RFC 8659 section 4.4")
FIELD(CAA_UNKNOWN, STRING, 0, "dns.caa.unknown", "CAA: value of another tag",
      "RFC 8659 section 4.1")
FIELD(CAA_TAG_LENGTH, U8, 0, "dns.caa.tag_length", "CAA: bytes of the tag", "RFC 8659 section 4.1")
FIELD(CAA_TAG, STRING, 0, "dns.caa.tag", "CAA: tag", "RFC 8659 section 4.1")
FIELD(CAA_VALUE, STRING, 0, "dns.caa.value", "CAA: value", "RFC 8659 section 4.1")
FIELD(SVCB_PRIORITY, U16, 0, "dns.svcb.svcpriority", "SVCB: lower is preferred",
      "RFC 9460 section 2.2")
FIELD(SVCB_TARGET, STRING, 0, "dns.svcb.targetname", "SVCB: name", "RFC 9460 section 2.2")
FIELD(SVCB_KEY, U16, ID, "dns.svcb.svcparam.key", "SVCB: key of a parameter",
      "RFC 9460 section 2.2")
FIELD(SVCB_LENGTH, U16, 0, "dns.svcb.svcparam.value.length", "SVCB: bytes of a parameter",
      "RFC 9460 section 2.2")
FIELD(SVCB_VALUE, BYTES, 0, "dns.svcb.svcparam.value", "SVCB: parameter of another key",
      "RFC 9460 section 2.2")
FIELD(SVCB_MANDATORY, U16, ID, "dns.svcb.svcparam.mandatory.key", "SVCB: key that is needed",
      "RFC 9460 section 8")
FIELD(SVCB_ALPN_LENGTH, U8, 0, "dns.svcb.svcparam.alpn.length", "SVCB: bytes of a protocol",
      "RFC 9460 section 7.1")
FIELD(SVCB_ALPN, STRING, 0, "dns.svcb.svcparam.alpn", "SVCB: protocol", "RFC 9460 section 7.1")
FIELD(SVCB_PORT, U16, ID, "dns.svcb.svcparam.port", "SVCB: port", "RFC 9460 section 7.2")
FIELD(SVCB_IPV4, IP, 0, "dns.svcb.svcparam.ipv4hint.ip", "SVCB: IPv4 address",
      "RFC 9460 section 7.3")
FIELD(SVCB_ECH, BYTES, 0, "dns.svcb.svcparam.echconfig", "SVCB: keys for encrypted hellos",
      "RFC 9460 section 14.3.2")
FIELD(SVCB_ODOH, BYTES, 0, "dns.svcb.svcparam.odohconfig", "SVCB: keys for oblivious DNS",
      "RFC 9230 section 5")
FIELD(SVCB_IPV6, IP, 0, "dns.svcb.svcparam.ipv6hint.ip", "SVCB: IPv6 address",
      "RFC 9460 section 7.3")
FIELD(TKEY_ALGORITHM, STRING, 0, "dns.tkey.algo_name", "TKEY: algorithm", "RFC 2930 section 2")
FIELD(TKEY_INCEPTION, TIME, 0, "dns.tkey.signature_inception", "TKEY: valid from",
      "RFC 2930 section 2")
FIELD(TKEY_EXPIRATION, TIME, 0, "dns.tkey.signature_expiration", "TKEY: valid until",
      "RFC 2930 section 2")
FIELD(TKEY_MODE, U16, ID, "dns.tkey.mode", "TKEY: mode", "RFC 2930 section 2")
FIELD(TKEY_ERROR, U16, ID, "dns.tkey.error", "TKEY: error", "RFC 2930 section 2")
FIELD(TKEY_KEY_SIZE, U16, 0, "dns.tkey.key_size", "TKEY: bytes of the key", "RFC 2930 section 2")
FIELD(TKEY_KEY, BYTES, 0, "dns.tkey.key_data", "TKEY: key", "RFC 2930 section 2")
FIELD(TKEY_OTHER_SIZE, U16, 0, "dns.tkey.other_size", "TKEY: bytes of other data",
      "RFC 2930 section 2")
FIELD(TKEY_OTHER, BYTES, 0, "dns.tkey.other_data", "TKEY: other data", "RFC 2930 section 2")
FIELD(TSIG_ALGORITHM, STRING, 0, "dns.tsig.algorithm_name", "TSIG: algorithm",
      "RFC 8945 section 4.2")
FIELD(TSIG_TIME, TIME, 0, "dns.tsig.time_signed", "TSIG: when it was signed",
      "RFC 8945 section 4.2")
FIELD(TSIG_FUDGE, U16, 0, "dns.tsig.fudge", "TSIG: seconds of error allowed",
      "RFC 8945 section 4.2")
FIELD(TSIG_MAC_SIZE, U16, 0, "dns.tsig.mac_size", "TSIG: bytes of the code", "RFC 8945 section 4.2")
FIELD(TSIG_MAC, BYTES, 0, "dns.tsig.mac", "TSIG: authentication code", "RFC 8945 section 4.2")
FIELD(TSIG_ORIGINAL_ID, U16, ID, "dns.tsig.original_id", "TSIG: id of the message",
      "RFC 8945 section 4.2")
FIELD(TSIG_ERROR, U16, ID, "dns.tsig.error", "TSIG: error", "RFC 8945 section 4.2")
FIELD(TSIG_OTHER_LEN, U16, 0, "dns.tsig.other_len", "TSIG: bytes of other data",
      "RFC 8945 section 4.2")
FIELD(TSIG_OTHER, BYTES, 0, "dns.tsig.other_data", "TSIG: other data", "RFC 8945 section 4.2")
FIELD(UDP_SIZE, U16, 0, "dns.rr.udp_payload_size", "OPT: bytes of UDP that the sender takes",
      "RFC 6891 section 6.1.2")
FIELD(EXT_RCODE, U8, HEX, "dns.resp.ext_rcode", "OPT: higher bits of the reply code",
      "RFC 6891 section 6.1.3")
FIELD(EDNS_VERSION, U8, ID, "dns.resp.edns0_version", "OPT: version", "RFC 6891 section 6.1.3")
FIELD(EDNS_Z, U16, HEX, "dns.resp.z", "OPT: flags", "RFC 6891 section 6.1.4")
FIELD(EDNS_DO, BOOL, 0, "dns.resp.z.do", "OPT: DNSSEC records are welcome", "RFC 3225 section 3")
FIELD(EDNS_RESERVED, U16, HEX, "dns.resp.z.reserved", "OPT: other flags", "RFC 6891 section 6.1.4")
FIELD(OPT_CODE, U16, ID, "dns.opt.code", "OPT: option", "RFC 6891 section 6.1.2")
FIELD(OPT_LEN, U16, 0, "dns.opt.len", "OPT: bytes of an option", "RFC 6891 section 6.1.2")
FIELD(OPT_DATA, BYTES, 0, "dns.opt.data", "OPT: data of an option", "RFC 6891 section 6.1.2")
FIELD(OPT_DAU, U8, ID, "dns.opt.dau", "OPT: DNSSEC algorithm understood", "RFC 6975 section 3")
FIELD(OPT_DHU, U8, ID, "dns.opt.dhu", "OPT: DS hash understood", "RFC 6975 section 3")
FIELD(OPT_N3U, U8, ID, "dns.opt.n3u", "OPT: NSEC3 hash understood", "RFC 6975 section 3")
FIELD(OPT_FAMILY, U16, ID, "dns.opt.client.family", "OPT: client subnet, family",
      "RFC 7871 section 6")
FIELD(OPT_NETMASK, U8, 0, "dns.opt.client.netmask", "OPT: client subnet, bits asked for",
      "RFC 7871 section 6")
FIELD(OPT_SCOPE, U8, 0, "dns.opt.client.scope", "OPT: client subnet, bits that the answer covers",
      "RFC 7871 section 6")
FIELD(OPT_ADDR, BYTES, 0, "dns.opt.client.addr", "OPT: client subnet of another family",
      "RFC 7871 section 6")
FIELD(OPT_ADDR4, IP, 0, "dns.opt.client.addr4", "OPT: client subnet, IPv4", "RFC 7871 section 6")
FIELD(OPT_ADDR6, IP, 0, "dns.opt.client.addr6", "OPT: client subnet, IPv6", "RFC 7871 section 6")
FIELD(OPT_COOKIE, BYTES, 0, "dns.opt.cookie.client", "OPT: the client's cookie",
      "RFC 7873 section 4")
FIELD(OPT_SERVER_COOKIE, BYTES, 0, "dns.opt.cookie.server", "OPT: the server's cookie",
      "RFC 7873 section 4")
FIELD(OPT_KEEPALIVE, U16, 0, "dns.opt.edns_tcp_keepalive.timeout", "OPT: idle time in 100 ms",
      "RFC 7828 section 3.1")
FIELD(OPT_PADDING, BYTES, 0, "dns.opt.padding", "OPT: padding", "RFC 7830 section 3")
FIELD(OPT_CHAIN, STRING, 0, "dns.opt.chain.fqdn", "OPT: closest trust point", "RFC 7901 section 4")
FIELD(OPT_ERROR, U16, ID, "dns.opt.ext_error.info_code", "OPT: extended error",
      "RFC 8914 section 2")
FIELD(OPT_ERROR_TEXT, STRING, 0, "dns.opt.ext_error.extra_text", "OPT: extended error as text",
      "RFC 8914 section 2")
FIELD(DSO_TYPE, U16, ID, "dns.dso.tlv.type", "DSO: type of a TLV", "RFC 8490 section 5.4.1")
FIELD(DSO_LENGTH, U16, 0, "dns.dso.tlv.length", "DSO: bytes of a TLV", "RFC 8490 section 5.4.1")
FIELD(DSO_INACTIVITY, U32, 0, "dns.dso.tlv.keepalive.inactivity",
      "DSO: ms without traffic after which the session ends", "RFC 8490 section 7.1")
FIELD(DSO_INTERVAL, U32, 0, "dns.dso.tlv.keepalive.interval", "DSO: ms between keepalives",
      "RFC 8490 section 7.1")
FIELD(DSO_RETRY, U32, 0, "dns.dso.tlv.retrydelay.retrydelay",
      "DSO: ms until the client may try again", "RFC 8490 section 7.2")
FIELD(DSO_PADDING, BYTES, 0, "dns.dso.tlv.encpad.padding", "DSO: padding", "RFC 8490 section 7.3")
FIELD(DSO_DATA, BYTES, 0, "dns.dso.tlv.data", "DSO: data of a TLV of another type",
      "RFC 8490 section 5.4.1")
FIELD(BEHIND, BYTES, 0, "dns.extraneous.data", "bytes behind the last record", NULL)
FIELD(N_BEHIND, U16, 0, "dns.extraneous.length", "how many bytes are behind the last record", NULL)
FIELD(DATA, BYTES, 0, "dns.data", "data of a record of another type", R1035 "3.2.1")

#undef R1035
#undef FIELD
