package io.millrace.connectors.cdn;

/**
 * How much a cache takes.
 *
 * @param perSecond how much a second; 0 for no limit
 * @param burst how much at once after a while of rest
 */
record Rate(double perSecond, double burst) {
    static final Rate UNLIMITED = new Rate(0, 0);

    boolean isUnlimited() {
        return perSecond == 0;
    }
}
