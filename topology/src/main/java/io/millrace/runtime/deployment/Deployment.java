package io.millrace.runtime.deployment;

import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.sql.PipelineText;
import io.millrace.sql.Sink;
import io.millrace.sql.ViewDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What is deployed of a pipeline. Immutable.
 *
 * @param version from 1 on, one more with each change
 * @param next the number of the next generation
 * @param generations those that there are, the oldest first; each view is in one that is not building at most, and in one
 *     that is
 * @param sinks those of the text that was deployed last, in its order
 */
public record Deployment(int version, int next, List<Generation> generations, List<Sink> sinks) {
    public Deployment {
        generations = List.copyOf(generations);
        sinks = List.copyOf(sinks);
    }

    /** The first deployment, which is served from the start. */
    public static Deployment first(PipelineText text) {
        List<String> views =
                text.definitions().stream().map(ViewDefinition::name).toList();
        List<Generation> generations =
                views.isEmpty() ? List.of() : List.of(new Generation(1, 1, false, text, views, views));
        return new Deployment(1, 2, generations, text.sinks());
    }

    /** The generation that answers for a view. */
    public Optional<Generation> serving(String view) {
        return find(view, false);
    }

    /** The generation in which a new version of a view is being built. */
    public Optional<Generation> building(String view) {
        return find(view, true);
    }

    /** The versions of a view that there are, by the generation that computes them, the newest first. */
    public Map<Integer, ViewDefinition> versions(String view) {
        Map<Integer, ViewDefinition> versions = new LinkedHashMap<>();
        Stream.of(building(view), serving(view))
                .flatMap(Optional::stream)
                .forEach(generation -> generation.definitions().stream()
                        .filter(each -> each.name().equals(view))
                        .forEach(each -> versions.put(generation.number(), each)));
        return versions;
    }

    private Optional<Generation> find(String view, boolean building) {
        return generations.stream()
                .filter(each -> each.building() == building && each.views().contains(view))
                .findFirst();
    }

    /** What becomes of each view when that text is deployed: those of the text in its order, then those that go. */
    public List<ViewStep> steps(PipelineText text) {
        Map<String, ViewDefinition> deployed = new LinkedHashMap<>();
        Map<String, ViewDefinition> beingBuilt = new LinkedHashMap<>();
        for (Generation generation : generations) {
            Map<String, ViewDefinition> into = generation.building() ? beingBuilt : deployed;
            generation.definitions().stream()
                    .filter(view -> generation.views().contains(view.name()))
                    .forEach(view -> into.put(view.name(), view));
        }
        List<ViewStep> steps = new ArrayList<>();
        for (ViewDefinition view : text.definitions()) {
            ViewDefinition old = deployed.remove(view.name());
            ViewDefinition coming = beingBuilt.remove(view.name());
            String structure = structure(view);
            ViewStep.Kind kind;
            if (coming != null && structure.equals(structure(coming))) {
                kind = ViewStep.Kind.BUILDING;
            } else if (old != null && structure.equals(structure(old))) {
                kind = ViewStep.Kind.UNCHANGED;
            } else {
                kind = old == null ? ViewStep.Kind.NEW : ViewStep.Kind.CHANGED;
            }
            steps.add(new ViewStep(view.name(), kind, old, view));
        }
        deployed.forEach((name, old) -> steps.add(new ViewStep(name, ViewStep.Kind.REMOVED, old, null)));
        beingBuilt.forEach((name, coming) -> {
            if (!deployed.containsKey(name)) {
                steps.add(new ViewStep(name, ViewStep.Kind.REMOVED, coming, null));
            }
        });
        return steps;
    }

    /**
     * What is deployed after that text was; this, if nothing changes.
     *
     * @throws UserError for a view that cannot go on under its name
     */
    public Deployment changedTo(PipelineText text) {
        List<String> removed = new ArrayList<>();
        List<String> notBuilt = new ArrayList<>();
        List<String> built = new ArrayList<>();
        for (ViewStep step : steps(text)) {
            step.check();
            switch (step.kind()) {
                case BUILDING -> {}
                case UNCHANGED -> notBuilt.add(step.view());
                case NEW, CHANGED -> {
                    notBuilt.add(step.view());
                    built.add(step.view());
                }
                case REMOVED -> removed.add(step.view());
            }
        }
        List<Generation> after = new ArrayList<>();
        for (Generation generation : generations) {
            List<String> lost = new ArrayList<>(removed);
            if (generation.building()) {
                lost.addAll(notBuilt);
            }
            after.add(generation.without(lost));
        }
        if (!built.isEmpty()) {
            after.add(new Generation(next, 1, true, text, built, built));
        }
        List<Sink> sinksAfter = text.sinks();
        return after.equals(generations) && sinksAfter.equals(sinks)
                ? this
                : following(built.isEmpty() ? next : next + 1, after, sinksAfter);
    }

    /** What is deployed after a generation that was building has caught up: older ones lose its views. */
    public Deployment switched(int number) {
        Generation caughtUp = generations.stream()
                .filter(each -> each.number() == number)
                .findFirst()
                .orElseThrow();
        List<Generation> after = new ArrayList<>();
        for (Generation generation : generations) {
            after.add(
                    generation.number() == number
                            ? generation.switched()
                            : generation.building() ? generation : generation.without(caughtUp.views()));
        }
        return following(next, after, sinks);
    }

    /** What is deployed once all that is being built has been switched. */
    public Deployment settled() {
        Deployment settled = this;
        for (Generation generation : generations) {
            if (generation.building()) {
                settled = settled.switched(generation.number());
            }
        }
        return settled;
    }

    private Deployment following(int nextNumber, List<Generation> after, List<Sink> sinksAfter) {
        return new Deployment(
                version + 1,
                nextNumber,
                after.stream().filter(each -> !each.views().isEmpty()).toList(),
                sinksAfter);
    }

    /**
     * All that a view's rows and its state depend on: the same text, whatever other views there are, where it means the
     * same.
     */
    private static String structure(ViewDefinition view) {
        Plan alone = Planner.plan(List.of(view));
        PlanNode.View node = alone.views().get(0);
        TreeSet<String> parts = new TreeSet<>();
        for (PlanNode each : alone.nodes()) {
            parts.add(alone.name(each));
            if (each instanceof PlanNode.Scan scan) {
                Table.Source source = scan.table().source();
                // How events are known that come again is in the names of the plan, and there not by the column's
                // position.
                parts.add(scan.table().name() + " from " + source.topic()
                        + (source instanceof Table.Events events ? " as " + events.format() : ""));
            }
        }
        alone.indexes(node).forEach(index -> parts.add(index.name() + " is " + alone.name(index)));
        return String.join("\n", parts);
    }
}
