package io.millrace.cli;

import io.millrace.scaling.Decision;
import io.millrace.scaling.Decision.Reading;
import io.millrace.scaling.Decision.Restraint;
import io.millrace.scaling.policy.ServicePolicy;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The commands that show decisions. */
abstract sealed class AutoscaleDecisionsCommand implements Callable<Integer> {
    @Spec
    CommandSpec spec;

    @Mixin
    AutoscaleAccess access;

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private static String time(Decision decision) {
        return Instant.ofEpochMilli(decision.timeMs()).toString();
    }

    private static String action(Decision decision) {
        return decision.action().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Command(
            name = "status",
            description =
                    "Show the decision that stands for each service of the policy, and what became of it at each executor.")
    static final class Status extends AutoscaleDecisionsCommand {
        @Override
        public Integer call() {
            Map<String, Decision> standing = new TreeMap<>();
            for (Decision decision : access.decisions().read()) {
                if (decision.changes()) {
                    standing.put(decision.service(), decision);
                }
            }
            List<List<String>> rows = new ArrayList<>();
            for (ServicePolicy service : access.policy().services()) {
                Decision decision = standing.get(service.name());
                String bounds = service.minInstances() + " to " + service.maxInstances();
                rows.add(
                        decision == null
                                ? List.of(service.name(), "", bounds, "", "", "")
                                : List.of(
                                        service.name(),
                                        String.valueOf(decision.to()),
                                        bounds,
                                        time(decision),
                                        decision.rule(),
                                        decision.id()));
            }
            TextTable.print(out(), List.of("service", "instances", "bounds", "since", "rule", "decision"), rows);
            executions();
            out().flush();
            return Millrace.OK;
        }

        private void executions() {
            List<List<String>> rows = access.executions().read().values().stream()
                    .map(each -> List.of(
                            each.service(),
                            each.executor(),
                            each.state().label(),
                            String.valueOf(each.to()),
                            each.actual() < 0 ? "" : String.valueOf(each.actual()),
                            Instant.ofEpochMilli(each.sinceMs()).toString(),
                            each.decision(),
                            each.message()))
                    .toList();
            if (!rows.isEmpty()) {
                out().println();
                TextTable.print(
                        out(),
                        List.of("service", "executor", "state", "decided", "there", "since", "decision", "message"),
                        rows);
            }
        }
    }

    @Command(name = "history", description = "Show decisions, the newest last.")
    static final class History extends AutoscaleDecisionsCommand {
        @Parameters(index = "0", arity = "0..1", paramLabel = "SERVICE", description = "Only of this service.")
        private String service;

        @Option(names = "--limit", paramLabel = "N", description = "So many of the newest; default: ${DEFAULT-VALUE}.")
        private int limit = 50;

        @Override
        public Integer call() {
            List<Decision> decisions = access.decisions().read().stream()
                    .filter(decision -> service == null || decision.service().equals(service))
                    .toList();
            List<List<String>> rows = decisions
                    .subList(decisions.size() - Math.min(decisions.size(), Math.max(0, limit)), decisions.size())
                    .stream()
                    .map(decision -> List.of(
                            time(decision),
                            decision.service(),
                            action(decision),
                            decision.from() + " -> " + decision.to(),
                            decision.rule(),
                            decision.id()))
                    .toList();
            TextTable.print(out(), List.of("time", "service", "action", "instances", "rule", "decision"), rows);
            out().flush();
            return Millrace.OK;
        }
    }

    @Command(
            name = "explain",
            description = "Say why a decision was made: what each rule saw and demanded, and what was held back.")
    static final class Explain extends AutoscaleDecisionsCommand {
        @Parameters(index = "0", paramLabel = "DECISION", description = "Its id, as history shows it.")
        private String id;

        @Override
        public Integer call() {
            List<Decision> decisions = access.decisions().read();
            Decision decision = decisions.stream()
                    .filter(each -> each.id().equals(id))
                    .findFirst()
                    .orElseThrow(() -> Names.unknown(
                            "decision",
                            id,
                            decisions.stream().map(Decision::id).distinct().toList()));
            out().println(decision.service() + " at " + time(decision) + ": " + action(decision) + ", "
                    + decision.from() + " -> " + decision.to() + " instances, by " + decision.rule());
            List<List<String>> rows = new ArrayList<>();
            for (Reading reading : decision.readings()) {
                rows.add(List.of(
                        reading.rule(),
                        reading.statistic() + " " + reading.metric(),
                        number(reading.value()),
                        number(reading.threshold()),
                        reading.demand() < 0 ? "" : String.valueOf(reading.demand())));
            }
            TextTable.print(out(), List.of("rule", "metric", "value", "target", "demands"), rows);
            for (Restraint each : decision.overrode()) {
                out().println(each.by() + ": " + each.from() + " -> " + each.to());
            }
            if (!decision.replaces().isEmpty()) {
                out().println("in the place of " + decision.replaces());
            }
            out().flush();
            return Millrace.OK;
        }

        private static String number(double value) {
            return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.2f", value);
        }
    }
}
