package io.millrace.scaling.execute;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v1.Scale;
import io.fabric8.kubernetes.api.model.autoscaling.v1.ScaleBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Scalable;
import io.millrace.scaling.Decision;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Sets the replicas of Deployments and StatefulSets by their scale subresource. What is written names the version of what was looked
 * at when the change was decided on, so that a change in between is a conflict, and is looked at anew.
 */
final class KubernetesExecutor implements Executor {
    static final String NAME = "kubernetes";

    private static final String SERVICE = "{service}";
    private static final String STATEFUL_SET = "statefulset/";
    private static final int NOT_FOUND = 404;
    /** Answers that nothing but somebody's work changes. */
    private static final Set<Integer> LASTING = Set.of(400, 401, 403, NOT_FOUND, 405, 422);

    private final KubernetesClient client;
    private final String namespace;
    private final String resource;
    /** By service what was looked at last. */
    private final Map<String, Scale> judged = new HashMap<>();

    /**
     * An executor.
     *
     * @param resource deployment/NAME or statefulset/NAME, in which {service} stands for the service
     */
    KubernetesExecutor(KubernetesClient client, String namespace, String resource) {
        this.client = client;
        this.namespace = namespace;
        this.resource = resource;
    }

    /** A client that asks once: attempts that failed are made again by whoever asks, and others wait meanwhile. */
    static KubernetesClient client() {
        Config config = Config.autoConfigure(null);
        config.setRequestRetryBackoffLimit(0);
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public OptionalInt ordered(String service) throws ExecutionFailure {
        judged.remove(service);
        Scale scale = scale(service);
        judged.put(service, scale);
        return OptionalInt.of(number(scale.getSpec().getReplicas()));
    }

    @Override
    public OptionalInt working(String service) throws ExecutionFailure {
        try {
            return OptionalInt.of(resource.startsWith(STATEFUL_SET) ? readyOfSet(service) : readyOfDeployment(service));
        } catch (KubernetesClientException e) {
            throw failure(service, e);
        }
    }

    private int readyOfSet(String service) {
        StatefulSet set = client.apps()
                .statefulSets()
                .inNamespace(namespace)
                .withName(resourceName(service))
                .get();
        return set == null || set.getStatus() == null
                ? 0
                : number(set.getStatus().getReadyReplicas());
    }

    private int readyOfDeployment(String service) {
        Deployment deployment = client.apps()
                .deployments()
                .inNamespace(namespace)
                .withName(resourceName(service))
                .get();
        return deployment == null || deployment.getStatus() == null
                ? 0
                : number(deployment.getStatus().getReadyReplicas());
    }

    /** Kubernetes leaves a field out where it is 0. */
    private static int number(Integer field) {
        return field == null ? 0 : field;
    }

    @Override
    public void carryOut(Decision decision) throws ExecutionFailure {
        Scale seen = judged.remove(decision.service());
        Scale scale = seen == null ? scale(decision.service()) : seen;
        try {
            scalable(decision.service())
                    .scale(new ScaleBuilder(scale)
                            .editOrNewSpec()
                            .withReplicas(decision.to())
                            .endSpec()
                            .build());
        } catch (KubernetesClientException e) {
            throw failure(decision.service(), e);
        }
    }

    private Scale scale(String service) throws ExecutionFailure {
        try {
            Scale scale = scalable(service).scale();
            if (scale == null || scale.getSpec() == null) {
                throw ExecutionFailure.lasting("there is no " + described(service), null);
            }
            return scale;
        } catch (KubernetesClientException e) {
            throw failure(service, e);
        }
    }

    private Scalable<?> scalable(String service) {
        String name = resourceName(service);
        return resource.startsWith(STATEFUL_SET)
                ? client.apps().statefulSets().inNamespace(namespace).withName(name)
                : client.apps().deployments().inNamespace(namespace).withName(name);
    }

    private String resourceName(String service) {
        return resource.substring(resource.indexOf('/') + 1).replace(SERVICE, service);
    }

    private String described(String service) {
        return resource.replace(SERVICE, service) + " in the namespace " + namespace;
    }

    private ExecutionFailure failure(String service, KubernetesClientException e) {
        if (e.getCode() == NOT_FOUND) {
            return ExecutionFailure.lasting("there is no " + described(service), e);
        }
        String message = described(service) + ": " + e.getMessage();
        return LASTING.contains(e.getCode())
                ? ExecutionFailure.lasting(message, e)
                : ExecutionFailure.passing(message, e);
    }

    @Override
    public void tend(String service) {}

    @Override
    public void close() {
        client.close();
    }
}
