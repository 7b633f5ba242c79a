package io.millrace.scaling.policy;

import java.util.List;
import java.util.Optional;

/**
 * A policy file: how each of its services is scaled. Immutable.
 *
 * @param services in the file's order; their names differ
 */
public record ScalingPolicy(List<ServicePolicy> services) {
    public ScalingPolicy {
        services = List.copyOf(services);
    }

    /** The policy of a service, if the file has one. */
    public Optional<ServicePolicy> service(String name) {
        return services.stream().filter(service -> service.name().equals(name)).findFirst();
    }
}
