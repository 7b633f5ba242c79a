package io.millrace.ops.images;

import java.util.concurrent.TimeUnit;

/**
 * How many pictures a second are uploaded, as time goes by.
 *
 * @param highest when it is most
 * @param waveNanos how long it takes from one crest to the next; 0 where it is always the same
 */
record UploadRate(int highest, long waveNanos) {
    private static final long WAVE_SECONDS = 120;
    /** In the trough there is a tenth of the crest. */
    private static final double TROUGH = 0.1;

    /** Always the same. */
    static UploadRate steady(int perSecond) {
        return new UploadRate(perSecond, 0);
    }

    /** It comes and goes, from a trough on. */
    static UploadRate waves(int crest) {
        return new UploadRate(crest, TimeUnit.SECONDS.toNanos(WAVE_SECONDS));
    }

    /** At a time, counted from the beginning. */
    double perSecond(long sinceNanos) {
        if (waveNanos == 0) {
            return highest;
        }
        double height = (1 - Math.cos(2 * Math.PI * sinceNanos / waveNanos)) / 2;
        return highest * (TROUGH + (1 - TROUGH) * height);
    }
}
