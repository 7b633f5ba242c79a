package io.millrace.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.schemas.RegistryClient;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PipelineConfigTest {
    private static PipelineConfig.Reading read(String text, Map<String, String> environment) {
        return PipelineConfig.read(text, "millrace.properties", "photos", environment);
    }

    private static PipelineConfig.Reading read(String text) {
        return read(text, Map.of());
    }

    @Test
    void anEmptyFileGivesTheDocumentedDefaults() {
        PipelineConfig config = read("").config();
        assertThat(config.get(PipelineConfig.APPLICATION_ID)).isEqualTo("photos");
        assertThat(config.get(PipelineConfig.DATABASE)).isEqualTo("photos");
        assertThat(config.get(PipelineConfig.PARTITIONS)).isEqualTo(4);
        assertThat(config.get(PipelineConfig.HTTP_HOST)).isEqualTo("127.0.0.1");
        assertThat(config.get(PipelineConfig.HTTP_PORT)).isEqualTo(8080);
        assertThat(config.get(PipelineConfig.STATE_DIR)).isEqualTo(Path.of(".millrace/state"));
        assertThat(config.get(PipelineConfig.THREADS)).isPositive();
        assertThat(config.kafka()).containsExactly(Map.entry("bootstrap.servers", "localhost:9092"));
    }

    @Test
    void everyKeyIsDocumentedAndHasAValidDefault() {
        assertThat(read("").errors()).isEmpty();
        assertThat(PipelineConfig.KEYS).allSatisfy(key -> {
            assertThat(key.name()).matches("[a-z]+(\\.[a-z]+)*");
            assertThat(key.documentation()).endsWith(".");
            assertThat(key.accepts()).isNotBlank();
        });
        assertThat(PipelineConfig.KEYS).extracting(ConfigKey::name).doesNotHaveDuplicates();
    }

    @Test
    void theEnvironmentOverridesTheFile() {
        PipelineConfig config = read(
                        "kafka.bootstrap.servers = a:1\nhttp.port=1",
                        Map.of(
                                "MILLRACE_KAFKA_BOOTSTRAP_SERVERS", "b:2",
                                "MILLRACE_HTTP_PORT", "",
                                "MILLRACE_SERVER", "http://elsewhere"))
                .config();
        assertThat(config.get(PipelineConfig.BOOTSTRAP_SERVERS)).isEqualTo("b:2");
        assertThat(config.get(PipelineConfig.HTTP_PORT)).isEqualTo(1);
        assertThat(PipelineConfig.BOOTSTRAP_SERVERS.environmentVariable())
                .isEqualTo("MILLRACE_KAFKA_BOOTSTRAP_SERVERS");
    }

    @Test
    void kafkaAndStreamsPassThroughWithoutTheirPrefix() {
        PipelineConfig config =
                read("kafka.security.protocol=SSL\nstreams.poll.ms=7").config();
        assertThat(config.kafka()).containsEntry("security.protocol", "SSL").containsKey("bootstrap.servers");
        assertThat(config.streams()).containsExactly(Map.entry("poll.ms", "7"));
    }

    @Test
    void anUnknownNameIsWarnedAboutWithTheNearest() {
        PipelineConfig.Reading reading = read("# ports\n\nhtp.port = 1", Map.of("MILLRACE_THREAD", "2"));
        assertThat(reading.errors()).isEmpty();
        assertThat(reading.warnings())
                .extracting(UserError::render)
                .satisfiesExactlyInAnyOrder(
                        text -> assertThat(text)
                                .startsWith("millrace.properties:3: unknown property htp.port")
                                .contains("did you mean http.port?"),
                        text -> assertThat(text)
                                .startsWith("$MILLRACE_THREAD: unknown property thread")
                                .contains("did you mean threads?"));
    }

    @Test
    void everyInvalidValueIsReportedWithItsLine() {
        PipelineConfig.Reading reading = read("partitions=none\nstate.dir=a\\\n  b\nhttp.port=70000\ndatabase=a b\n"
                + "application.id=x\napplication.id=y\nthreads=\\uZZZZ");
        assertThat(reading.errors())
                .extracting(error -> error.place().orElseThrow().toString())
                .containsExactlyInAnyOrder(
                        "millrace.properties:1",
                        "millrace.properties:4",
                        "millrace.properties:5",
                        "millrace.properties:7",
                        "millrace.properties:8");
        assertThat(reading.config().get(PipelineConfig.STATE_DIR)).isEqualTo(Path.of("ab"));
        assertThat(reading.config().get(PipelineConfig.PARTITIONS)).isEqualTo(4);
    }

    @Test
    void aFolderWhoseNameCannotNameTopicsNeedsNames() {
        assertThat(PipelineConfig.read("", "millrace.properties", "my photos", Map.of())
                        .errors())
                .extracting(UserError::getMessage)
                .containsExactly(
                        "application.id cannot be the folder's name, 'my photos'",
                        "database cannot be the folder's name, 'my photos'");
    }

    @Test
    void valuesAreNotPrintedSinceTheyMayBePasswords() {
        assertThat(read("kafka.sasl.jaas.config=secret").config().toString()).doesNotContain("secret");
    }

    @Test
    void howLongMessagesWaitIsNoReference() {
        assertThat(read("sinks.retry.topic.delay.ms = 60000").errors()).isEmpty();
        assertThat(read("sinks.retry.topic.delay.ms = ${env:DELAY}").errors())
                .extracting(UserError::getMessage)
                .containsExactly(
                        "sinks.retry.topic.delay.ms is no number, but it names the topics that the pipeline has"
                                + " read");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "connection.password = top-one",
                "connection.password = x${env:P}",
                "http.signature.secret = top-one",
                "http.header.Authorization = Bearer top-one",
                "http.header.X-Api-Key = top-one",
                "consumer.override.sasl.jaas.config = a.Module required user=\"u\" password=\"top-one\";",
                "value.converter.schema.registry.basic.auth.user.info = u:top-one",
                "retry.topic.client.ssl.keystore.password = top-one",
                "connection.url = jdbc:postgresql://r/a?user=u&password=top-one",
                "connection.url = jdbc:postgresql://u:top-one@r/a"
            })
    void aSecretOfSinksIsNotWrittenOut(String property) {
        assertThat(read("# secrets\nsinks." + property).errors())
                .extracting(UserError::render)
                .singleElement()
                .asString()
                .startsWith("millrace.properties:2: sinks." + property.substring(0, property.indexOf(' ')) + " ")
                .contains("whoever may ask Kafka Connect", "${file:/etc/millrace/secrets.properties:replica}")
                .doesNotContain("top-one");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "connection.password = ${env:PASSWORD}",
                "http.header.Authorization = Bearer ${file:/etc/secrets.properties:hook}",
                "http.header.X-Source = millrace",
                "http.signature.header = X-Signature",
                "consumer.override.sasl.jaas.config = a.Module required user=\"u\" password=\"${env:P}\";",
                "value.converter.schema.registry.basic.auth.credentials.source = USER_INFO",
                "retry.topic.client.ssl.truststore.location = /etc/trust.jks",
                "connection.url = jdbc:postgresql://${env:HOST}/a",
                "connection.password ="
            })
    void aReferenceToASecretOfSinksIsTaken(String property) {
        PipelineConfig.Reading reading = read("sinks." + property);
        assertThat(reading.errors()).isEmpty();
        assertThat(reading.config().sinks()).hasSize(1);
    }

    @Test
    void aSecretOfSinksInAVariableIsToldByItsName() {
        assertThat(read("", Map.of("MILLRACE_SINKS_CONNECTION_PASSWORD", "top-one"))
                        .errors())
                .extracting(UserError::render)
                .singleElement()
                .asString()
                .startsWith("$MILLRACE_SINKS_CONNECTION_PASSWORD: sinks.connection.password is written out");
    }

    @Test
    void everyKeyCanBeSetByItsVariable() {
        assertThat(PipelineConfig.KEYS).allSatisfy(key -> {
            PipelineConfig.Reading reading = read("", Map.of(key.environmentVariable(), "\u0000"));
            assertThat(reading.warnings()).isEmpty();
            assertThat(reading.errors())
                    .extracting(UserError::render)
                    .singleElement()
                    .asString()
                    .startsWith("$" + key.environmentVariable() + ": " + key.name() + " cannot be");
        });
    }

    @Test
    void kafkasOwnPropertiesCanBeSetByVariables() {
        PipelineConfig.Reading reading = read(
                "", Map.of("MILLRACE_KAFKA_SECURITY_PROTOCOL", "SSL", "MILLRACE_STREAMS_NUM_STANDBY_REPLICAS", "1"));
        assertThat(reading.warnings()).isEmpty();
        assertThat(reading.config().kafka()).containsEntry("security.protocol", "SSL");
        assertThat(reading.config().streams()).containsEntry("num.standby.replicas", "1");
    }

    @Test
    void theRegistrysClientIsGivenItsAddressesAndUser() {
        PipelineConfig config = read(
                        "schema.registry.url=http://a:1, https://b:2",
                        Map.of("MILLRACE_SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO", "me:pass:word"))
                .config();
        assertThat(config.schemaRegistry())
                .isEqualTo(Map.of(
                        RegistryClient.URL, "http://a:1, https://b:2", RegistryClient.USER_INFO, "me:pass:word"));
        assertThat(read("").config().schemaRegistry()).isEqualTo(Map.of(RegistryClient.URL, "http://localhost:8081"));
    }

    @Test
    void anInstanceMaySayWhereOthersReachIt() {
        assertThat(read("application.server=views-1.internal:8080").config().get(PipelineConfig.APPLICATION_SERVER))
                .contains("views-1.internal:8080");
        assertThat(read("").config().get(PipelineConfig.APPLICATION_SERVER)).isEmpty();
        assertThat(read("application.server=views-1").errors())
                .extracting(UserError::render)
                .containsExactly("millrace.properties:1: application.server cannot be 'views-1'"
                        + System.lineSeparator() + "  hint: it takes host:port");
    }

    @Test
    void aMistakenPrefixOfKafkasPropertiesIsGuessed() {
        assertThat(read("kafak.security.protocol=SSL\nstream.poll.ms=1").warnings())
                .extracting(warning -> warning.hint().orElseThrow())
                .satisfiesExactlyInAnyOrder(
                        hint -> assertThat(hint).contains("did you mean kafka.security.protocol?"),
                        hint -> assertThat(hint).contains("did you mean streams.poll.ms?"));
    }

    @Test
    void anotherValueIsSeenByEveryReader() {
        PipelineConfig before = read("").config();
        PipelineConfig after = before.with(PipelineConfig.BOOTSTRAP_SERVERS, "b:2");
        assertThat(after.get(PipelineConfig.BOOTSTRAP_SERVERS)).isEqualTo("b:2");
        assertThat(after.kafka()).containsEntry("bootstrap.servers", "b:2");
        assertThat(before.kafka()).containsEntry("bootstrap.servers", "localhost:9092");
    }

    @Test
    void noMessageShowsASecret() {
        PipelineConfig.Reading reading = read("schema.registry.basic.auth.user.info=hunter2\n"
                + "schema.registry.url=htps://me:hunter2@registry:8081\nhttp.prot=hunter2");
        assertThat(reading.errors()).hasSize(2);
        assertThat(reading.errors()).extracting(UserError::render).allSatisfy(text -> assertThat(text)
                .doesNotContain("hunter2"));
        assertThat(reading.warnings())
                .extracting(UserError::render)
                .singleElement()
                .satisfies(text -> assertThat(text).doesNotContain("hunter2"));
    }

    @Test
    void stateMayBeKeptInMemoryAndLargeNumbersPassTheIntegers() {
        PipelineConfig config =
                read("state.stores=memory\nrocksdb.memory.bytes=8589934592\ndeletions.retain.ms=2592000000")
                        .config();
        assertThat(config.get(PipelineConfig.STATE_STORES)).isEqualTo(PipelineConfig.Stores.MEMORY);
        assertThat(config.get(PipelineConfig.ROCKSDB_MEMORY_BYTES)).isEqualTo(8L << 30);
        assertThat(config.get(PipelineConfig.DELETIONS_RETAIN_MS)).isEqualTo(2_592_000_000L);
    }
}
