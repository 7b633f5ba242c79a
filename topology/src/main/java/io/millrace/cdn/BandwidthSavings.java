package io.millrace.cdn;

/**
 * What a cache saves its origin of what is sent in a month. Immutable.
 *
 * @param totalGb all that is sent
 * @param cacheableGb what of it caches may keep
 * @param hitRatio the share of requests for that which caches answer, from 0 to 1
 */
public record BandwidthSavings(double totalGb, double cacheableGb, double hitRatio) {
    public BandwidthSavings {
        if (!(totalGb >= 0 && cacheableGb >= 0 && cacheableGb <= totalGb && hitRatio >= 0 && hitRatio <= 1)) {
            throw new IllegalArgumentException(
                    cacheableGb + " of " + totalGb + " GB with " + hitRatio + " hits cannot be");
        }
    }

    /** What the origin need not send any more. */
    public double savedGb() {
        return cacheableGb * hitRatio;
    }

    /** What the origin sends still. */
    public double originGb() {
        return totalGb - savedGb();
    }

    /** The share that is saved of all that is sent. */
    public double savedShare() {
        return totalGb == 0 ? 0 : savedGb() / totalGb;
    }

    /** What a month costs less; the caches send all that they may keep, hit or miss. */
    public double savedCost(double originPerGb, double cachePerGb) {
        return savedGb() * originPerGb - cacheableGb * cachePerGb;
    }
}
