package io.millrace.cli;

import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.scaling.policy.Costs;
import io.millrace.scaling.policy.PolicyFile;
import io.millrace.scaling.policy.ServiceModel;
import io.millrace.scaling.policy.ServicePolicy;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace autoscale costs}: what a policy's bounds, its budget and a load cost, and when one large machine costs less. */
@Command(
        name = "costs",
        description =
                "Show what a policy may cost by the hour and by the month: at its bounds, at its budget, and for a load; and"
                        + " from which load on instances beside each other cost less than one large machine.")
final class AutoscaleCostsCommand implements Callable<Integer> {
    private static final double HUNDRED = 100;

    @Spec
    private CommandSpec spec;

    @Option(names = "--policy", required = true, paramLabel = "FILE", description = "The policy: a scaling.yaml.")
    private Path policy;

    @Option(
            names = "--load",
            paramLabel = "N",
            description = "What so much load costs, in the unit of the service's model.")
    private Double load;

    @Option(
            names = "--use",
            paramLabel = "PERCENT",
            description = "How much of that load there is on average, where instances follow it; with --load.")
    private Double use;

    @Option(
            names = "--large-machine",
            paramLabel = "PRICE",
            description = "What one large machine costs a month that would do instead of all instances.")
    private Double largeMachine;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        for (ServicePolicy service : PolicyFile.read(policy).orThrow().services()) {
            out.println(service.name());
            if (service.costs().pricePerInstanceHour() == 0) {
                out.println("its policy has no price: add costs: { pricePerInstanceMonth: 100 }");
            } else {
                TextTable.print(out, List.of("plan", "instances", "cost an hour", "cost a month"), plans(service));
                breakEven(service, out);
            }
            out.println();
        }
        out.flush();
        return Millrace.OK;
    }

    private List<List<String>> plans(ServicePolicy service) {
        Costs costs = service.costs();
        List<List<String>> rows = new ArrayList<>();
        rows.add(row("the minimum, all the time", service.minInstances(), costs));
        service.schedules().forEach(schedule -> schedule.minInstances()
                .ifPresent(least -> rows.add(
                        row("while \"" + described(schedule.description()) + "\" holds, at least", least, costs))));
        if (load != null) {
            int instances = Costs.instancesFor(load, model(service).capacityPerInstance());
            rows.add(row("for a load of " + amount(load), instances, costs));
            if (use != null) {
                rows.add(row("in step with it, at " + amount(use) + " % on average", instances * use / HUNDRED, costs));
            }
        }
        rows.add(row("the maximum, all the time", service.maxInstances(), costs));
        OptionalDouble budget = costs.maxMonthlyCost();
        if (budget.isPresent()) {
            double above = budget.getAsDouble() - costs.fixedPerMonth();
            double most = above / (costs.averagePricePerHour() * Costs.HOURS_PER_MONTH);
            rows.add(List.of(
                    "the budget, on average at most",
                    amount(Math.floor(most * 10) / 10),
                    amount(budget.getAsDouble() / Costs.HOURS_PER_MONTH),
                    amount(budget.getAsDouble())));
        }
        return rows;
    }

    private static String described(String schedule) {
        return schedule.isEmpty() ? "a schedule" : schedule;
    }

    private static List<String> row(String plan, double instances, Costs costs) {
        double month = costs.monthly(instances);
        return List.of(plan, amount(instances), amount(month / Costs.HOURS_PER_MONTH), amount(month));
    }

    private void breakEven(ServicePolicy service, PrintWriter out) {
        if (largeMachine == null) {
            return;
        }
        Costs costs = service.costs();
        ServiceModel model = model(service);
        double instanceMonth = costs.averagePricePerHour() * Costs.HOURS_PER_MONTH;
        double even = Costs.breakEvenLoad(
                model.capacityPerInstance(), instanceMonth, Math.max(0, largeMachine - costs.fixedPerMonth()));
        out.println("below a load of " + amount(even) + " (" + model.load() + ") instances at " + amount(instanceMonth)
                + " a month cost less than a machine at " + amount(largeMachine)
                + "; above it the machine does, if it bears that load");
    }

    private static ServiceModel model(ServicePolicy service) {
        return service.model()
                .orElseThrow(() -> UserError.of(
                        Category.INVALID_PIPELINE,
                        "service " + service.name() + " has no model, so nobody knows what load an instance bears",
                        "add model: { load: RequestsPerMinute, capacityPerInstance: 5000, per: 1m }"));
    }

    private static String amount(double value) {
        return String.format(Locale.ROOT, value == Math.rint(value) || value >= 1000 ? "%,.0f" : "%,.2f", value);
    }
}
