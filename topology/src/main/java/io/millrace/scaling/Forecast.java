package io.millrace.scaling;

import io.millrace.scaling.policy.Prediction;
import io.millrace.scaling.policy.Prediction.Method;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A forecast of how many instances a service will need, from how many it needed: level, trend and an additive season (Holt
 * 1957, Winters 1960), or simply what it was a season ago. It judges itself: each value is held against what had been forecast
 * for it, and a forecast whose mean error is too large is not {@link #trusted}. Seasons are days or weeks of UTC.
 */
public final class Forecast {
    private static final double LEVEL_WEIGHT = 0.3;
    private static final double TREND_WEIGHT = 0.01;
    private static final double TREND_DAMPING = 0.9;
    private static final double SEASON_WEIGHT = 0.3;
    /** Of a normal distribution, so much of its deviation to either side holds 90 % of the values. */
    private static final double DEVIATIONS = 1.645;

    private static final long NEVER = Long.MIN_VALUE;
    private static final long DAY_MS = TimeUnit.DAYS.toMillis(1);

    private final Prediction prediction;
    private final int horizon;

    /** The season's parts; not a number where none was seen yet. By Holt and Winters what a step adds to the level, else its value. */
    private final double[] season;

    private int seen;
    private double level;
    private double trend;
    /** The step that is being observed, and the highest load in it. */
    private long step = NEVER;

    private double highest;
    /** What was forecast for steps that have not passed. */
    private final TreeMap<Long, Double> forecasts = new TreeMap<>();

    private long judged;
    private double error;
    private double coverage;
    private double variance;
    private boolean changed;

    /**
     * A forecast without history.
     *
     * @param aheadMs how far ahead it is asked for
     */
    Forecast(Prediction prediction, long aheadMs) {
        this.prediction = prediction;
        this.horizon = (int) Math.max(1, (aheadMs + prediction.stepMs() - 1) / prediction.stepMs());
        this.season = new double[prediction.season()];
        Arrays.fill(season, Double.NaN);
    }

    /** Takes in how many instances were needed in the step of time that ended now. */
    void observe(long nowMs, double load) {
        long current = Math.floorDiv(nowMs - 1, prediction.stepMs());
        if (step != NEVER && current > step) {
            close();
        }
        if (step == NEVER || current > step) {
            step = current;
            highest = Double.NaN;
        }
        if (!Double.isNaN(load)) {
            highest = Double.isNaN(highest) ? load : Math.max(highest, load);
        }
    }

    private void close() {
        changed = true;
        Double expected = forecasts.remove(step);
        forecasts.headMap(step).clear();
        if (!Double.isNaN(highest)) {
            if (expected != null) {
                judge(expected, highest);
            }
            learn(position(step), highest);
        }
        if (complete()) {
            forecasts.put(step + horizon, at(step + horizon, step));
        }
    }

    private int position(long ofStep) {
        return (int) Math.floorMod(ofStep, (long) season.length);
    }

    private boolean complete() {
        return seen == season.length;
    }

    private void judge(double expected, double actual) {
        judged++;
        double weight = 1.0 / Math.min(judged, DAY_MS / prediction.stepMs());
        double miss = actual - expected;
        boolean within = judged == 1 || Math.abs(miss) <= DEVIATIONS * Math.sqrt(variance);
        error += weight * (Math.abs(miss) / Math.max(1, actual) - error);
        coverage += weight * ((within ? 1 : 0) - coverage);
        variance += weight * (miss * miss - variance);
    }

    private void learn(int position, double load) {
        if (!complete()) {
            if (Double.isNaN(season[position])) {
                seen++;
            }
            season[position] = load;
            if (complete() && prediction.method() == Method.HOLT_WINTERS) {
                level = Arrays.stream(season).average().orElseThrow();
                for (int i = 0; i < season.length; i++) {
                    season[i] -= level;
                }
            }
        } else if (prediction.method() == Method.SEASONAL_NAIVE) {
            season[position] = load;
        } else {
            double before = level;
            level = LEVEL_WEIGHT * (load - season[position]) + (1 - LEVEL_WEIGHT) * (level + trend);
            trend = TREND_DAMPING * (TREND_WEIGHT * (level - before) + (1 - TREND_WEIGHT) * trend);
            season[position] = SEASON_WEIGHT * (load - level) + (1 - SEASON_WEIGHT) * season[position];
        }
    }

    private double at(long ofStep, long lastStep) {
        double seasonal = season[position(ofStep)];
        return prediction.method() == Method.SEASONAL_NAIVE
                ? seasonal
                : Math.max(0, level + trend * (ofStep - lastStep) + seasonal);
    }

    /** The most instances that will be needed between now and so much later. */
    double highestUntil(long nowMs, long laterMs) {
        double most = 0;
        long last = Math.floorDiv(laterMs, prediction.stepMs());
        for (long each = Math.floorDiv(nowMs, prediction.stepMs()); each <= last; each++) {
            most = Math.max(most, at(each, step - 1));
        }
        return most;
    }

    /** Whether it knows a whole season, has been judged for six hours at least, and errs little. */
    public boolean trusted() {
        return complete() && judged >= DAY_MS / prediction.stepMs() / 4 && error <= prediction.maxError();
    }

    /** The mean error of about a day, as a share of the load: MAPE, with loads below one instance counted as one. */
    public double error() {
        return error;
    }

    /** The share of about a day's loads that lay where 90 % of them should. */
    public double coverage() {
        return coverage;
    }

    /** Whether it differs from what was last encoded. */
    boolean changed() {
        return changed;
    }

    /** The step that is being observed changes with every step of the service: it is stored with that one's state. */
    void writeOpenStep(DataOutputStream out) throws IOException {
        out.writeLong(step);
        out.writeDouble(highest);
    }

    /** Reads what {@link #writeOpenStep} writes. */
    void readOpenStep(DataInputStream in) throws IOException {
        step = in.readLong();
        highest = in.readDouble();
    }

    /** The forecast as bytes. */
    byte[] encode() {
        changed = false;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(season.length * Double.BYTES + 128);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(season.length);
            for (double each : season) {
                out.writeDouble(each);
            }
            out.writeInt(seen);
            out.writeDouble(level);
            out.writeDouble(trend);
            out.writeLong(step);
            out.writeDouble(highest);
            out.writeInt(forecasts.size());
            for (Map.Entry<Long, Double> each : forecasts.entrySet()) {
                out.writeLong(each.getKey());
                out.writeDouble(each.getValue());
            }
            out.writeLong(judged);
            out.writeDouble(error);
            out.writeDouble(coverage);
            out.writeDouble(variance);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** The forecast from its bytes; one without history where they are of another season. */
    static Forecast decode(byte[] bytes, Prediction prediction, long aheadMs) {
        Forecast forecast = new Forecast(prediction, aheadMs);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readInt() != forecast.season.length) {
                return forecast;
            }
            for (int i = 0; i < forecast.season.length; i++) {
                forecast.season[i] = in.readDouble();
            }
            forecast.seen = in.readInt();
            forecast.level = in.readDouble();
            forecast.trend = in.readDouble();
            forecast.step = in.readLong();
            forecast.highest = in.readDouble();
            for (int left = in.readInt(); left > 0; left--) {
                forecast.forecasts.put(in.readLong(), in.readDouble());
            }
            forecast.judged = in.readLong();
            forecast.error = in.readDouble();
            forecast.coverage = in.readDouble();
            forecast.variance = in.readDouble();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return forecast;
    }
}
