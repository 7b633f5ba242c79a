package io.millrace.plan;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The incremental plan of a pipeline: a view node for each view, sharing the nodes that several of them need. Immutable
 * and thread-safe.
 */
public final class Plan {
    private final List<PlanNode.View> views;
    private final List<PlanNode.Index> indexes;
    private final List<PlanNode> nodes;
    private final IdentityHashMap<PlanNode, String> names;
    private final IdentityHashMap<PlanNode, Set<String>> viewsOf;

    private Plan(
            List<PlanNode.View> views,
            List<PlanNode.Index> indexes,
            List<PlanNode> nodes,
            IdentityHashMap<PlanNode, String> names,
            IdentityHashMap<PlanNode, Set<String>> viewsOf) {
        this.views = views;
        this.indexes = indexes;
        this.nodes = nodes;
        this.names = names;
        this.viewsOf = viewsOf;
    }

    /** The plan of those views and of indexes of them; equal sub-plans become one node. */
    public static Plan of(List<PlanNode.View> views, List<PlanNode.Index> indexes) {
        Interning interning = new Interning();
        List<PlanNode.View> shared = new ArrayList<>();
        views.forEach(view -> shared.add((PlanNode.View) interning.intern(view)));
        List<PlanNode.Index> ofShared = new ArrayList<>();
        indexes.forEach(index -> ofShared.add((PlanNode.Index) interning.intern(index)));
        List<PlanNode> nodes = List.copyOf(interning.interned.keySet());
        IdentityHashMap<PlanNode, String> names = new IdentityHashMap<>();
        nodes.forEach(node -> names.put(node, name(node, names)));
        IdentityHashMap<PlanNode, Set<String>> viewsOf = new IdentityHashMap<>();
        shared.forEach(view -> attribute(view, view.name(), viewsOf));
        ofShared.forEach(index -> attribute(index, index.view().name(), viewsOf));
        return new Plan(List.copyOf(shared), List.copyOf(ofShared), nodes, names, viewsOf);
    }

    /** The part of the plan that some of its views need; its nodes keep their names. */
    public Plan only(Collection<String> names) {
        return of(
                views.stream().filter(view -> names.contains(view.name())).toList(),
                indexes.stream()
                        .filter(index -> names.contains(index.view().name()))
                        .toList());
    }

    /** The views in declared order. */
    public List<PlanNode.View> views() {
        return views;
    }

    /** The indexes of a view in declared order. */
    public List<PlanNode.Index> indexes(PlanNode.View view) {
        return indexes.stream()
                .filter(index -> index.view().name().equals(view.name()))
                .toList();
    }

    /** Every node once, inputs before those that read them. */
    public List<PlanNode> nodes() {
        return nodes;
    }

    /** The nodes that read that node. */
    public List<PlanNode> readers(PlanNode node) {
        return nodes.stream()
                .filter(reader -> reader.inputs().stream().anyMatch(input -> input == node))
                .toList();
    }

    /**
     * A node's name, as state stores and repartition topics carry it: its kind and a digest of the sub-plan's structure. A
     * node of an unchanged sub-plan keeps its name whatever else changes in the pipeline.
     */
    public String name(PlanNode node) {
        return names.get(node);
    }

    /** The views that are computed from that node or that it is of, in declared order. */
    public Set<String> viewsOf(PlanNode node) {
        return viewsOf.get(node);
    }

    private static void attribute(PlanNode node, String view, IdentityHashMap<PlanNode, Set<String>> viewsOf) {
        if (viewsOf.computeIfAbsent(node, any -> new LinkedHashSet<>()).add(view)) {
            node.inputs().forEach(input -> attribute(input, view, viewsOf));
        }
    }

    private static String name(PlanNode node, IdentityHashMap<PlanNode, String> names) {
        StringBuilder structure = new StringBuilder(PlanPrinter.describe(node));
        node.types().forEach(type -> structure.append('|').append(type));
        node.inputs().forEach(input -> structure.append('<').append(names.get(input)));
        return PlanPrinter.kind(node) + "-" + digest(structure.toString());
    }

    private static String digest(String structure) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(structure.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 5);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Makes equal nodes the same object, bottom up, so that identity is enough from here on. */
    private static final class Interning {
        private final Map<PlanNode, PlanNode> interned = new LinkedHashMap<>();
        private final Map<PlanNode, PlanNode> done = new HashMap<>();

        PlanNode intern(PlanNode node) {
            PlanNode known = done.get(node);
            if (known != null) {
                return known;
            }
            PlanNode rebuilt = rebuild(node);
            PlanNode canonical = interned.computeIfAbsent(rebuilt, same -> same);
            done.put(node, canonical);
            return canonical;
        }

        private PlanNode rebuild(PlanNode node) {
            if (node instanceof PlanNode.Scan || node instanceof PlanNode.Values) {
                return node;
            } else if (node instanceof PlanNode.Deduplicate deduplicate) {
                return new PlanNode.Deduplicate(intern(deduplicate.input()), deduplicate.id(), deduplicate.forMicros());
            } else if (node instanceof PlanNode.Filter filter) {
                return new PlanNode.Filter(intern(filter.input()), filter.condition());
            } else if (node instanceof PlanNode.TemporalFilter filter) {
                return new PlanNode.TemporalFilter(intern(filter.input()), filter.condition(), filter.leaves());
            } else if (node instanceof PlanNode.Project project) {
                return new PlanNode.Project(intern(project.input()), project.expressions(), project.fields());
            } else if (node instanceof PlanNode.FunctionRows rows) {
                return new PlanNode.FunctionRows(
                        intern(rows.input()),
                        rows.kept(),
                        rows.function(),
                        rows.arguments(),
                        rows.ordinality(),
                        rows.padded(),
                        rows.columns());
            } else if (node instanceof PlanNode.Exchange exchange) {
                return new PlanNode.Exchange(intern(exchange.input()), exchange.key());
            } else if (node instanceof PlanNode.Arrange arrange) {
                return new PlanNode.Arrange(intern(arrange.input()), arrange.key(), arrange.identity());
            } else if (node instanceof PlanNode.Join join) {
                return new PlanNode.Join(
                        (PlanNode.Arranged) intern(join.left()),
                        (PlanNode.Arranged) intern(join.right()),
                        join.padLeft(),
                        join.padRight(),
                        join.condition());
            } else if (node instanceof PlanNode.Aggregate aggregate) {
                return new PlanNode.Aggregate(intern(aggregate.input()), aggregate.group(), aggregate.calls());
            } else if (node instanceof PlanNode.Top top) {
                return new PlanNode.Top(intern(top.input()), top.group(), top.order(), top.offset(), top.limit());
            } else if (node instanceof PlanNode.Window window) {
                return new PlanNode.Window(
                        intern(window.input()), window.group(), window.order(), window.calls(), window.last());
            } else if (node instanceof PlanNode.UnionAll union) {
                return new PlanNode.UnionAll(
                        union.inputs().stream().map(this::intern).toList());
            } else if (node instanceof PlanNode.SetOperation operation) {
                return new PlanNode.SetOperation(operation.kind(), intern(operation.left()), intern(operation.right()));
            } else if (node instanceof PlanNode.View view) {
                return new PlanNode.View(
                        view.name(), intern(view.input()), view.key(), view.keyOrigin(), view.partitionKey());
            } else if (node instanceof PlanNode.Index index) {
                return new PlanNode.Index(index.name(), intern(index.input()), index.order(), index.partitionKey());
            }
            throw new IllegalStateException("unknown node " + node);
        }
    }
}
