package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import java.util.List;
import java.util.OptionalLong;

/** A kind of cache: what it takes, and how it is told to forget. Thread-safe. */
sealed interface Provider permits CloudFront, Cloudflare, Fastly, GenericHttp, Nginx, Varnish {
    /**
     * Targets that a cache is to forget in one request.
     *
     * @param way how all of them are purged
     * @param targets each once
     * @param reference the same for the same request that is made again, and for no other
     */
    record Batch(Way way, List<String> targets, String reference) {}

    /** Whether it can forget in that way. */
    boolean takes(Way way);

    /** What one request may hold. */
    Limits limits(Way way);

    /** How many requests it takes; one and the same rate for ways that share it. */
    default Rate requestRate(Way way) {
        return Rate.UNLIMITED;
    }

    /** How many targets it takes; one and the same rate for ways that share it. */
    default Rate targetRate(Way way) {
        return Rate.UNLIMITED;
    }

    /** How many servers must confirm, each for itself. */
    default int servers(Way way) {
        return 1;
    }

    /** A way that has the same servers; each of those that have has the same. */
    default Way serversOf(Way way) {
        return Way.URL;
    }

    /**
     * Has one of its servers forget. When this returns, that has confirmed.
     *
     * @return how many objects it has removed, where it says so
     * @throws DeliveryFailure if it has not confirmed: a {@link io.millrace.connectors.http.RefusedForNow} may be due to the
     *     targets, a {@link DoubtfulRefusal} to them or to the server, any other that may pass is the server's
     */
    OptionalLong purge(Batch batch, int server) throws DeliveryFailure;
}
