package io.millrace.scaling.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v1.Scale;
import io.fabric8.kubernetes.api.model.autoscaling.v1.ScaleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Deployments and StatefulSets at a server that answers as Kubernetes does. */
final class KubernetesExecutorTest {
    private static final String DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web-app";
    private static final String SET = "/apis/apps/v1/namespaces/shop/statefulsets/web";

    private final KubernetesMockServer server = new KubernetesMockServer(false);

    @BeforeEach
    void start() {
        server.init();
    }

    @AfterEach
    void stop() {
        server.destroy();
    }

    private KubernetesExecutor executor(String resource) {
        return new KubernetesExecutor(server.createClient(), "shop", resource);
    }

    private static Scale scale(int replicas) {
        return scale(replicas, "17");
    }

    private static Scale scale(int replicas, String version) {
        return new ScaleBuilder()
                .withNewMetadata()
                .withName("web-app")
                .withNamespace("shop")
                .withResourceVersion(version)
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .endSpec()
                .build();
    }

    @Test
    void aDeploymentIsScaledByItsSubresourceAtTheVersionThatWasJudged() throws Exception {
        server.expect()
                .get()
                .withPath(DEPLOYMENT + "/scale")
                .andReturn(200, scale(2))
                .once();
        server.expect()
                .get()
                .withPath(DEPLOYMENT + "/scale")
                .andReturn(200, scale(3, "18"))
                .always();
        server.expect()
                .put()
                .withPath(DEPLOYMENT + "/scale")
                .andReturn(200, scale(4))
                .once();
        try (KubernetesExecutor executor = executor("deployment/{service}-app")) {
            assertThat(executor.ordered("web")).hasValue(2);
            executor.carryOut(ReconcilerTest.decision("a", 2, 4));
        }
        RecordedRequest put = server.getLastRequest();
        assertThat(put.getMethod()).isEqualTo("PUT");
        JsonNode written = new ObjectMapper().readTree(put.getBody().readUtf8());
        assertThat(written.at("/spec/replicas").asInt()).isEqualTo(4);
        assertThat(written.at("/metadata/resourceVersion").asText()).isEqualTo("17");
    }

    @Test
    void theClientLeavesFurtherAttemptsToOthers() {
        try (KubernetesClient client = KubernetesExecutor.client()) {
            assertThat(client.getConfiguration().getRequestRetryBackoffLimit()).isZero();
        }
    }

    @Test
    void soIsAStatefulSet() throws Exception {
        server.expect().get().withPath(SET + "/scale").andReturn(200, scale(2)).once();
        server.expect().put().withPath(SET + "/scale").andReturn(200, scale(4)).once();
        try (KubernetesExecutor executor = executor("statefulset/{service}")) {
            executor.carryOut(ReconcilerTest.decision("a", 2, 4));
        }
        assertThat(server.getLastRequest().getMethod()).isEqualTo("PUT");
    }

    @Test
    void thePodsThatAreReadyWork() throws Exception {
        server.expect()
                .get()
                .withPath(DEPLOYMENT)
                .andReturn(
                        200,
                        new DeploymentBuilder()
                                .withNewStatus()
                                .withReadyReplicas(3)
                                .endStatus()
                                .build())
                .once();
        try (KubernetesExecutor executor = executor("deployment/{service}-app")) {
            assertThat(executor.working("web")).hasValue(3);
        }
    }

    @Test
    void aChangeInBetweenIsTriedAgainAndWhatIsNotThereIsNot() {
        server.expect()
                .get()
                .withPath(DEPLOYMENT + "/scale")
                .andReturn(200, scale(2))
                .always();
        server.expect().put().withPath(DEPLOYMENT + "/scale").andReturn(409, "").once();
        server.expect().put().withPath(DEPLOYMENT + "/scale").andReturn(403, "").once();
        try (KubernetesExecutor executor = executor("deployment/{service}-app")) {
            assertThat(failure(executor).mayPass()).isTrue();
            assertThat(failure(executor).mayPass()).isFalse();
        }
        try (KubernetesExecutor executor = executor("deployment/other")) {
            ExecutionFailure missing = failure(executor);
            assertThat(missing.mayPass()).isFalse();
            assertThat(missing).hasMessage("there is no deployment/other in the namespace shop");
        }
    }

    private static ExecutionFailure failure(KubernetesExecutor executor) {
        return catchThrowableOfType(
                ExecutionFailure.class, () -> executor.carryOut(ReconcilerTest.decision("a", 2, 4)));
    }
}
