package io.millrace.scaling.policy;

import java.util.OptionalDouble;

/**
 * What instances cost.
 *
 * @param pricePerInstanceHour of an instance on demand
 * @param fixedPerMonth whatever is paid however many there are, as a load balancer
 * @param maxMonthlyCost a limit: instances above the minimum are given back before a month costs more
 * @param spotShare which share of instances is bought on the spot market
 * @param spotDiscount how much less those cost, as a share
 * @param spotInterruptionsPerHour how often one is taken away in an hour, modelled in simulations
 */
public record Costs(
        double pricePerInstanceHour,
        double fixedPerMonth,
        OptionalDouble maxMonthlyCost,
        double spotShare,
        double spotDiscount,
        double spotInterruptionsPerHour) {

    /** Hours of a month, as clouds count them: 365 days in 12. */
    public static final double HOURS_PER_MONTH = 730;

    public static final Costs NONE = new Costs(0, 0, OptionalDouble.empty(), 0, 0, 0);

    /** What an hour of an instance costs, spot instances considered. */
    public double averagePricePerHour() {
        return pricePerInstanceHour * (1 - spotShare * spotDiscount);
    }

    /** What a month of so many instances on average costs. */
    public double monthly(double instances) {
        return instances * averagePricePerHour() * HOURS_PER_MONTH + fixedPerMonth;
    }

    /** The same prices without a limit. */
    public Costs withoutBudget() {
        return new Costs(
                pricePerInstanceHour,
                fixedPerMonth,
                OptionalDouble.empty(),
                spotShare,
                spotDiscount,
                spotInterruptionsPerHour);
    }

    /** How many instances a load needs of which each bears so much. */
    public static int instancesFor(double load, double perInstance) {
        return (int) Math.ceil(load / perInstance);
    }

    /** The load from which instances beside each other cost less than one large machine; each bears so much and costs so much. */
    public static double breakEvenLoad(double perInstance, double pricePerInstance, double priceOfLargeMachine) {
        return priceOfLargeMachine / pricePerInstance * perInstance;
    }
}
