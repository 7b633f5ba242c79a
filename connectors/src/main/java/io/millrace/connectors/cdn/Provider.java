package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.schemas.Invalidation.TargetKind;
import java.util.List;
import java.util.OptionalLong;

/** A kind of cache: what it takes, and how it is told to forget. Thread-safe. */
sealed interface Provider permits CloudFront, Cloudflare, Fastly, GenericHttp, Nginx, Varnish {
    /**
     * Targets that a cache is to forget in one request.
     *
     * @param kind what they are
     * @param targets each once
     * @param reference the same for the same request that is made again, and for no other
     */
    record Batch(TargetKind kind, List<String> targets, String reference) {}

    /** Whether it can forget by tags. */
    boolean hasTags();

    /** What one request may hold. */
    Limits limits(TargetKind kind);

    /** How many requests it takes. */
    default Rate requestRate(TargetKind kind) {
        return Rate.UNLIMITED;
    }

    /** How many targets it takes. */
    default Rate targetRate(TargetKind kind) {
        return Rate.UNLIMITED;
    }

    /**
     * Has the cache forget. When this returns, it has confirmed.
     *
     * @return how many objects it has removed, where it says so
     * @throws DeliveryFailure if it has not confirmed
     */
    OptionalLong purge(Batch batch) throws DeliveryFailure;
}
