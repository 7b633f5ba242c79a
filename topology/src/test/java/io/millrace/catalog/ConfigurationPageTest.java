package io.millrace.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/configuration.md is made from the keys; {@code -Dmillrace.rewrite=true} rewrites it. */
final class ConfigurationPageTest {
    private static final Path PAGE = Path.of("..", "docs", "configuration.md");

    @Test
    void thePageSaysWhatTheKeysSay() throws IOException {
        String page = page();
        if (Boolean.getBoolean("millrace.rewrite")) {
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE).content().isEqualTo(page);
    }

    private static String page() {
        StringBuilder page = new StringBuilder("""
                # Configuration

                <!-- Made from PipelineConfig.KEYS: change them, then run ConfigurationPageTest with -Dmillrace.rewrite=true. -->

                A pipeline runs as the `millrace.properties` of its folder says, or the file that `run --config FILE` names. Every
                property has a default. `millrace check` reports every invalid value with its line, and warns about names that it
                does not know.

                An environment variable goes before the file: its name is `MILLRACE_` and the property's name, in capitals, with
                `_` for `.`. An empty variable counts as not set. `MILLRACE_SERVER`, `MILLRACE_STATUS_FILE` and `MILLRACE_HOME` are
                the [command line's](cli.md#variables).

                ## Kafka's own properties

                - `kafka.*` goes to every Kafka client, without the prefix: `kafka.security.protocol=SASL_SSL`, or
                  `MILLRACE_KAFKA_SECURITY_PROTOCOL=SASL_SSL`.
                - `streams.*` goes to Kafka Streams, without the prefix: `streams.num.standby.replicas=1`. It goes before what
                  Millrace sets, so that it can break what Millrace promises: leave `streams.processing.guarantee` alone.
                - `sinks.*` goes to every connector that a [sink](replicas.md#sinks-in-a-pipeline) of the pipeline becomes, without the
                  prefix: `sinks.errors.deadletterqueue.topic.replication.factor=3`. It goes before what Millrace sets. Connectors'
                  configurations can be read by whoever may ask Kafka Connect: secrets are written as references there, `${file:PATH:KEY}` or
                  `${env:NAME}`, which the Connect worker looks up. One that is written out is refused, by `check` too.

                ## Caches

                `cdn.cache.NAME.*` describes the cache of that name in `cdn.caches`: its `provider` (varnish, nginx, fastly, cloudflare,
                cloudfront or http) and the other [properties of its connector](cdn-providers.md#properties), without the `cdn.` that they
                begin with. Secrets are references there, too.

                    cdn.caches = edge
                    cdn.cache.edge.provider = varnish
                    cdn.cache.edge.url = http://varnish:6081

                ## Properties

                | property | default | takes |
                |---|---|---|
                """);
        PipelineConfig.KEYS.forEach(key -> page.append(row(key)));
        PipelineConfig.KEYS.forEach(key -> page.append(section(key)));
        return page.toString();
    }

    private static String row(ConfigKey<?> key) {
        return "| [`" + key.name() + "`](#" + anchor(key) + ") | " + defaultOf(key) + " | " + key.accepts() + " |\n";
    }

    private static String section(ConfigKey<?> key) {
        return "\n### " + key.name() + "\n\n" + key.documentation() + "\n\nDefault: " + defaultOf(key) + ". Variable: `"
                + key.environmentVariable() + "`.\n";
    }

    /** The anchor that Markdown gives a heading: dots are left out. */
    private static String anchor(ConfigKey<?> key) {
        return key.name().replace(".", "");
    }

    private static String defaultOf(ConfigKey<?> key) {
        return switch (key.defaultText()) {
            case "" -> "none";
            case "${folder}" -> "the folder's name";
            case "${processors}" -> "one a processor";
            default -> "`" + key.defaultText() + "`";
        };
    }
}
