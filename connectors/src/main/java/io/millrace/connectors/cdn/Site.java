package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import java.net.URI;

/**
 * The site whose pages a cache keeps: what makes an address of a path.
 *
 * @param base scheme and host, {@code https://www.example.com}; empty where none is given
 */
record Site(String base) {
    /** A page's whole address. */
    URI address(String target) throws DeliveryFailure {
        if (target.startsWith("/") && base.isEmpty()) {
            throw Refusals.ofTarget(
                    "the target is a path without a site: set " + CdnPurgeSinkConfig.SITE + " to https://host");
        }
        return parsed(target.startsWith("/") ? base + target : target);
    }

    /** A page's path with its query. */
    static String path(String target) throws DeliveryFailure {
        URI uri = parsed(target.startsWith("/") ? "http://host" + target : target);
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    }

    /** Whether a URL stands for all that begin so: no value of a row brings the asterisk, which would be encoded. */
    static boolean isPattern(String target) {
        return target.endsWith("*");
    }

    /** A URL without the asterisk at its end. */
    static String prefix(String pattern) {
        return pattern.substring(0, pattern.length() - 1);
    }

    private static URI parsed(String text) throws DeliveryFailure {
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null && uri.getScheme().startsWith("http")) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw Refusals.ofTarget("the target is no URL");
        }
        throw Refusals.ofTarget("the target is neither a path nor an address with a host");
    }
}
