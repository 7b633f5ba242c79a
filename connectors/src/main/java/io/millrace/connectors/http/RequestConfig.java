package io.millrace.connectors.http;

import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;

/** The properties of sinks that make requests by HTTP: their time limits, headers and addresses. */
public abstract class RequestConfig extends AbstractConfig {
    public static final String RETRY_AFTER_MAX = "retry.after.max.ms";

    /** What a header's name is made of. */
    public static final String HEADER_NAME = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

    private static final Pattern HEADER_VALUE = Pattern.compile("[\\t\\x20-\\x7e\\x80-\\xff]*");
    /** What HTTP decides on. */
    private static final Set<String> RESERVED =
            Set.of("content-length", "connection", "expect", "host", "upgrade", "transfer-encoding");

    protected RequestConfig(ConfigDef definition, Map<String, String> properties) {
        super(definition, properties, false);
    }

    /**
     * Adds how long requests may take.
     *
     * @param connect the property of the time until a connection is open
     * @param connectMs its default
     * @param request the property of the time until an answer is there
     */
    protected static void defineTimeouts(ConfigDef definition, String connect, int connectMs, String request) {
        definition
                .define(
                        connect,
                        ConfigDef.Type.INT,
                        connectMs,
                        ConfigDef.Range.between(100, 600_000),
                        ConfigDef.Importance.LOW,
                        "How long a connection may take to open.")
                .define(
                        request,
                        ConfigDef.Type.INT,
                        30_000,
                        ConfigDef.Range.between(100, 240_000),
                        ConfigDef.Importance.MEDIUM,
                        "How long a request may take until it is answered. Longer is a failure that is tried again.");
    }

    /** Adds how long who is asked may want to be left alone. */
    protected static void defineRetryAfter(ConfigDef definition, String asked) {
        definition.define(
                RETRY_AFTER_MAX,
                ConfigDef.Type.LONG,
                3_600_000L,
                ConfigDef.Range.between(0, 86_400_000),
                ConfigDef.Importance.LOW,
                "The longest pause that " + asked + " may ask for by Retry-After.");
    }

    /**
     * What is wrong with a property whose rest is the name of a header, behind the property's name; empty for any other.
     *
     * @param own what the sink sets itself, in small letters
     */
    protected static Optional<String> mistakeOfHeader(String prefix, Set<String> own, String property, String value) {
        if (!property.startsWith(prefix)) {
            return Optional.empty();
        }
        String header = property.substring(prefix.length());
        if (!header.matches(HEADER_NAME)) {
            return Optional.of(" does not end in the name of a header");
        }
        String small = header.toLowerCase(Locale.ROOT);
        if (RESERVED.contains(small) || own.contains(small)) {
            return Optional.of(" is a header that the sink sets itself");
        }
        return value != null && !HEADER_VALUE.matcher(value).matches()
                ? Optional.of(" has characters that a header may not have")
                : Optional.empty();
    }

    /** What is wrong with an address, behind its name; empty for nothing. */
    protected static Optional<String> mistakeOfAddress(String address) {
        URI uri;
        try {
            uri = URI.create(address);
        } catch (IllegalArgumentException e) {
            return Optional.of("is no URL");
        }
        if (!("https".equals(uri.getScheme()) || "http".equals(uri.getScheme())) || uri.getHost() == null) {
            return Optional.of("must begin with https://host or http://host");
        }
        return uri.getUserInfo() == null ? Optional.empty() : Optional.of("must not hold a user");
    }

    /** The headers that are set by properties. */
    protected final Map<String, String> headers(String prefix) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        originalsStrings().forEach((property, value) -> {
            if (property.startsWith(prefix)) {
                headers.put(property.substring(prefix.length()), value);
            }
        });
        return headers;
    }

    /** A property that is a time in milliseconds. */
    public final Duration duration(String name) {
        return Duration.ofMillis(((Number) get(name)).longValue());
    }
}
