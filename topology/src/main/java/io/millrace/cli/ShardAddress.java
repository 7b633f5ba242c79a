package io.millrace.cli;

import io.millrace.catalog.UserError;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where a shard is and who captures it, from a JDBC address.
 *
 * @param sslMode as libpq names it; empty for Debezium's own
 */
record ShardAddress(String host, int port, String database, String user, Optional<String> sslMode) {
    private static final String BEGINNING = "jdbc:postgresql://";
    private static final int PORT = 5432;
    private static final String USER = "user";
    private static final String SSL_MODE = "sslmode";
    private static final String EXAMPLE = "write jdbc:postgresql://HOST:PORT/DATABASE?user=USER";

    /** Reads an address. @throws UserError if it is none, or says more than this */
    static ShardAddress parse(String shard, String url) {
        if (!url.startsWith(BEGINNING)) {
            throw mistake(shard, "no JDBC address of PostgreSQL", EXAMPLE);
        }
        URI address;
        try {
            address = new URI(url.substring("jdbc:".length()));
        } catch (URISyntaxException e) {
            throw mistake(shard, "no address: " + e.getReason(), EXAMPLE);
        }
        String path = address.getPath();
        if (address.getHost() == null || address.getRawUserInfo() != null || path == null || path.length() < 2) {
            throw mistake(shard, "not one host and its database", EXAMPLE);
        }
        Map<String, String> parameters = parameters(shard, address.getRawQuery());
        return new ShardAddress(
                address.getHost(),
                address.getPort() < 0 ? PORT : address.getPort(),
                path.substring(1),
                Optional.ofNullable(parameters.remove(USER))
                        .orElseThrow(() -> mistake(shard, "without the user that captures", EXAMPLE)),
                Optional.ofNullable(parameters.remove(SSL_MODE)));
    }

    private static Map<String, String> parameters(String shard, String query) {
        Map<String, String> parameters = new TreeMap<>();
        if (query != null) {
            for (String each : query.split("&", -1)) {
                int equals = each.indexOf('=');
                String name = equals < 0 ? each : each.substring(0, equals);
                if (!name.equals(USER) && !name.equals(SSL_MODE)) {
                    throw mistake(
                            shard,
                            "with the parameter " + name,
                            name.equals("password")
                                    ? "--password says where the Connect workers find it"
                                    : "only user and sslmode are taken; --set gives the connector properties of its own");
                }
                parameters.put(name, URLDecoder.decode(each.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return parameters;
    }

    /** The address itself is not shown: somebody may have put a password into it. */
    private static UserError mistake(String shard, String what, String hint) {
        return UserError.of(UserError.Category.USAGE, "the address of --shard " + shard + " is " + what, hint);
    }
}
