package io.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RegistryClientTest {
    private static final Schema SCHEMA =
            SchemaBuilder.record("k").fields().requiredLong("id").endRecord();

    private RegistryStub registry;

    @BeforeEach
    void start() throws IOException {
        registry = new RegistryStub();
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    private static String basic(String userInfo) {
        return "Basic " + Base64.getEncoder().encodeToString(userInfo.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aSchemaIsRegisteredAndFetchedOnce() {
        registry.answer(200, "{\"id\": 7}");
        RegistryClient client = new RegistryClient("http://" + registry.host());

        assertThat(client.register("photos.users-key", SCHEMA)).isEqualTo(7);
        assertThat(client.register("photos.users-key", SCHEMA)).isEqualTo(7);
        assertThat(client.schema(7)).isEqualTo(SCHEMA);

        assertThat(registry.requests).hasSize(1);
        assertThat(registry.requests.get(0)).startsWith("POST /subjects/photos.users-key/versions {\"schema\":");
    }

    @Test
    void aFailureThatMayPassIsTriedAgain() {
        registry.answer(503, "busy").answer(500, "{}").answer(200, "[\"a\"]");

        assertThat(new RegistryClient("http://" + registry.host()).subjects()).containsExactly("a");
        assertThat(registry.requests).hasSize(3);
    }

    @Test
    void aRefusalIsNotTriedAgainAndTellsTheRegistrysCode() {
        registry.answer(404, "{\"error_code\":40401,\"message\":\"Subject 'x' not found.\"}");
        RegistryClient client = new RegistryClient("http://" + registry.host());

        assertThatThrownBy(() -> client.latest("x"))
                .isInstanceOfSatisfying(RegistryException.class, e -> {
                    assertThat(e.status()).isEqualTo(404);
                    assertThat(e.code()).isEqualTo(40401);
                    assertThat(e.isTransient()).isFalse();
                })
                .hasMessageContaining("Subject 'x' not found.");
        assertThat(registry.requests).hasSize(1);
        assertThat(client.isCompatible("x", SCHEMA)).isTrue();
    }

    @Test
    void theNextAddressIsTriedWhenOneDoesNotAnswer() throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        registry.answer(200, "{\"mode\":\"READWRITE\"}");

        RegistryClient client = new RegistryClient("http://127.0.0.1:" + closed + ", http://" + registry.host());

        assertThat(client.mode()).isEqualTo("READWRITE");
    }

    @Test
    void userAndPasswordComeFromTheAddressOrTheProperties() {
        registry.answer(200, "[]");
        String address = "http://ann:s%40cret+1@" + registry.host();

        new RegistryClient(address).subjects();
        RegistryClient.of(Map.of("millrace.schema.registry.url", address, "basic.auth.user.info", "bob:other"))
                .subjects();

        assertThat(registry.authorizations).containsExactly(basic("ann:s@cret+1"), basic("bob:other"));
    }

    @Test
    void noSecretIsPrinted() {
        registry.answer(401, "{\"error_code\":401,\"message\":\"Unauthorized\"}");
        RegistryClient client = new RegistryClient("http://ann:secret@" + registry.host());

        assertThat(client.toString()).isEqualTo("http://" + registry.host());
        assertThatThrownBy(client::subjects).message().doesNotContain("secret").contains("401");
        assertThatThrownBy(() -> new RegistryClient("htp://ann:secret@host"))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("secret");
    }

    @Test
    void aMissingAddressIsSaid() {
        assertThatThrownBy(() -> RegistryClient.of(Map.of())).hasMessageContaining("schema.registry.url");
    }
}
