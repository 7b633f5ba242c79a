package io.millrace.plan;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of a plan between exchanges: what runs together on one partition of its topics.
 *
 * @param number from 0, in the order of the plan's nodes
 * @param nodes the operators, inputs before those that read them; first among them what it reads: scans, and exchanges that
 *     end here
 * @param sinks the exchanges that begin here
 */
public record Stage(int number, List<PlanNode> nodes, List<PlanNode.Exchange> sinks) {
    public Stage {
        nodes = List.copyOf(nodes);
        sinks = List.copyOf(sinks);
    }

    /** The plan cut at its exchanges. Nodes that read one another, or the same exchange, are in one stage. */
    public static List<Stage> of(Plan plan) {
        IdentityHashMap<PlanNode, PlanNode> parents = new IdentityHashMap<>();
        plan.nodes().forEach(node -> parents.put(node, node));
        for (PlanNode node : plan.nodes()) {
            if (!(node instanceof PlanNode.Exchange)) {
                node.inputs().forEach(input -> parents.put(root(parents, node), root(parents, input)));
            }
        }
        Map<Integer, List<PlanNode>> members = new LinkedHashMap<>();
        IdentityHashMap<PlanNode, Integer> numbers = new IdentityHashMap<>();
        for (PlanNode node : plan.nodes()) {
            int number = numbers.computeIfAbsent(root(parents, node), any -> members.size());
            members.computeIfAbsent(number, any -> new ArrayList<>()).add(node);
        }
        List<Stage> stages = new ArrayList<>();
        members.forEach((number, nodes) -> stages.add(new Stage(number, nodes, sinks(plan, nodes))));
        return stages;
    }

    /** The tables and event topics that it reads. */
    public List<PlanNode.Scan> scans() {
        return nodes.stream()
                .filter(PlanNode.Scan.class::isInstance)
                .map(PlanNode.Scan.class::cast)
                .toList();
    }

    /** The exchanges that it reads. */
    public List<PlanNode.Exchange> sources() {
        return nodes.stream()
                .filter(PlanNode.Exchange.class::isInstance)
                .map(PlanNode.Exchange.class::cast)
                .toList();
    }

    /** Whether it has rows before any change has come: constants, and aggregates without group columns. */
    public boolean starts() {
        return nodes.stream()
                .anyMatch(node -> node instanceof PlanNode.Values
                        || (node instanceof PlanNode.Aggregate aggregate
                                && aggregate.group().isEmpty()));
    }

    /** Whether it reads nothing at all. */
    public boolean readsNothing() {
        return scans().isEmpty() && sources().isEmpty();
    }

    /** The views that it keeps. */
    public List<PlanNode.View> views() {
        return nodes.stream()
                .filter(PlanNode.View.class::isInstance)
                .map(PlanNode.View.class::cast)
                .toList();
    }

    /** The views and indexes that it keeps. */
    public List<PlanNode.Served> served() {
        return nodes.stream()
                .filter(PlanNode.Served.class::isInstance)
                .map(PlanNode.Served.class::cast)
                .toList();
    }

    private static List<PlanNode.Exchange> sinks(Plan plan, List<PlanNode> nodes) {
        return plan.nodes().stream()
                .filter(PlanNode.Exchange.class::isInstance)
                .map(PlanNode.Exchange.class::cast)
                .filter(exchange -> nodes.stream().anyMatch(node -> node == exchange.input()))
                .toList();
    }

    private static PlanNode root(IdentityHashMap<PlanNode, PlanNode> parents, PlanNode node) {
        PlanNode root = node;
        while (parents.get(root) != root) {
            root = parents.get(root);
        }
        return root;
    }
}
