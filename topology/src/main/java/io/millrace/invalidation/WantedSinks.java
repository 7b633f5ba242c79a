package io.millrace.invalidation;

import io.millrace.cdn.CdnSink;
import io.millrace.runtime.deployment.Deployment;
import io.millrace.sql.Sink;
import io.millrace.sql.ViewDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The sinks of type cdn that are deployed, and by generation the versions of the views that they read. Immutable. */
record WantedSinks(List<Sink> sinks, Map<String, Map<Integer, String>> versions, Deployment deployment) {
    static final WantedSinks NOTHING = new WantedSinks(List.of(), Map.of(), null);

    static WantedSinks of(Deployment deployment) {
        List<Sink> sinks = deployment.sinks().stream().filter(CdnSink::isOne).toList();
        Map<String, Map<Integer, String>> versions = new LinkedHashMap<>();
        for (Sink sink : sinks) {
            versions.computeIfAbsent(sink.source(), view -> {
                Map<Integer, String> texts = new LinkedHashMap<>();
                deployment.versions(view).forEach((number, definition) -> texts.put(number, definition.sql()));
                return texts;
            });
        }
        return new WantedSinks(sinks, versions, deployment);
    }

    /** Whether what runs for the one does for the other. */
    boolean isLike(WantedSinks other) {
        return sinks.equals(other.sinks) && versions.equals(other.versions);
    }

    /** The views that they follow. */
    List<FollowedView> views() {
        Map<String, List<CdnSink>> byView = new LinkedHashMap<>();
        sinks.forEach(sink ->
                byView.computeIfAbsent(sink.source(), any -> new ArrayList<>()).add(CdnSink.of(sink)));
        List<FollowedView> views = new ArrayList<>();
        byView.forEach((view, following) -> {
            Map<Integer, ViewDefinition> known = deployment.versions(view);
            List<FollowedView.Version> read = new ArrayList<>();
            known.forEach((number, definition) -> read.add(
                    FollowedView.Version.of(definition, known.size() == 1 ? List.of() : former(number, following))));
            views.add(new FollowedView(view, read, following));
        });
        return views;
    }

    /** While a new version is built the older one writes, and its pages are marked as its sinks said. */
    private List<CdnSink> former(int generation, List<CdnSink> following) {
        return deployment.generations().stream()
                .filter(each -> each.number() == generation)
                .flatMap(each -> each.text().sinks().stream())
                .filter(CdnSink::isOne)
                .map(CdnSink::of)
                .filter(sink -> !following.contains(sink)
                        && following.stream()
                                .anyMatch(now -> now.name().equals(sink.name())
                                        && now.view().equals(sink.view())))
                .toList();
    }

    /** All that decides what is told, the same in each instance. */
    String text() {
        return sinks.stream()
                        .map(sink -> sink.name() + " of " + sink.source() + " " + new TreeMap<>(sink.options()))
                        .toList()
                + " " + versions;
    }
}
