package io.millrace.scaling.policy;

import java.util.List;
import java.util.Optional;

/**
 * A policy file: how each of its services is scaled. Immutable.
 *
 * @param services in the file's order; their names differ
 * @param sources where metrics are asked for
 */
public record ScalingPolicy(List<ServicePolicy> services, List<MetricSource> sources) {
    public ScalingPolicy {
        services = List.copyOf(services);
        sources = List.copyOf(sources);
    }

    /** One whose metrics others write. */
    public ScalingPolicy(List<ServicePolicy> services) {
        this(services, List.of());
    }

    /** The policy of a service, if the file has one. */
    public Optional<ServicePolicy> service(String name) {
        return services.stream().filter(service -> service.name().equals(name)).findFirst();
    }
}
