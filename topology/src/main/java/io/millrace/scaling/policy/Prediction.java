package io.millrace.scaling.policy;

/**
 * Instances for load that has not come yet, forecast from the service's own history.
 *
 * @param method how it is forecast
 * @param seasonMs what repeats: a day or a week
 * @param stepMs how fine the forecast is
 * @param maxError the mean error, as a share of the load, above which the forecast is not heeded
 * @param mode what is done with it
 */
public record Prediction(Method method, long seasonMs, long stepMs, double maxError, Mode mode) {
    /** How load is forecast. */
    public enum Method {
        /** Level, trend and season, each smoothed exponentially (Holt 1957, Winters 1960; additive). */
        HOLT_WINTERS,
        /** What it was a season ago. */
        SEASONAL_NAIVE
    }

    /** What is done with a forecast. */
    public enum Mode {
        /** It adds to what the rules want. */
        FORECAST_AND_SCALE,
        /** It takes the rules' place while it is good. */
        REPLACE,
        /** It is only reported. */
        FORECAST_ONLY
    }

    /** Steps in a season. */
    public int season() {
        return (int) (seasonMs / stepMs);
    }
}
