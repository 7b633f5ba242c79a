package io.millrace.scaling.policy;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;

/** Reads a policy file. */
public final class PolicyFile {
    /** The name that it has in a pipeline's folder. */
    public static final String NAME = "scaling.yaml";

    private static final String TOPIC_OR_SERVICE_NAME = "[A-Za-z0-9._-]{1,200}";

    private PolicyFile() {}

    /**
     * What was read.
     *
     * @param policy what could be understood; to be used only where there are no errors
     * @param errors every mistake
     * @param warnings what is worth a look
     */
    public record Reading(ScalingPolicy policy, List<UserError> errors, List<UserError> warnings) {
        public Reading {
            errors = List.copyOf(errors);
            warnings = List.copyOf(warnings);
        }

        /** The policy. @throws UserError the first mistake, if there is one */
        public ScalingPolicy orThrow() {
            if (!errors.isEmpty()) {
                throw errors.get(0);
            }
            return policy;
        }
    }

    /** Reads a file. */
    public static Reading read(Path file) {
        try {
            return read(Files.readString(file, StandardCharsets.UTF_8), file.toString());
        } catch (IOException e) {
            String message = Files.notExists(file) ? "does not exist" : "cannot be read: " + e.getMessage();
            return new Reading(
                    new ScalingPolicy(List.of()),
                    List.of(new UserError(
                            Category.INVALID_PIPELINE,
                            new SourcePlace(file.toString(), 0, 0),
                            message,
                            "name a policy file; docs/autoscaling.md says what it holds")),
                    List.of());
        }
    }

    /**
     * Reads a file's text.
     *
     * @param file its name, for messages
     */
    public static Reading read(String text, String file) {
        Mistakes mistakes = new Mistakes(file);
        List<ServicePolicy> services = new ArrayList<>();
        List<MetricSource> sources = new ArrayList<>();
        try {
            Node root = new Yaml(new SafeConstructor(new LoaderOptions())).compose(new StringReader(text));
            if (root == null) {
                throw new YAMLException("the file is empty");
            }
            services.addAll(services(new YamlMapping(root, "a policy file", mistakes), sources, mistakes));
        } catch (MarkedYAMLException e) {
            mistakes.error(
                    e.getProblemMark() == null ? e.getContextMark() : e.getProblemMark(),
                    "is no YAML: " + e.getProblem(),
                    null);
        } catch (YAMLException e) {
            mistakes.error((org.yaml.snakeyaml.error.Mark) null, e.getMessage(), "begin with services:");
        }
        return new Reading(new ScalingPolicy(services, sources), mistakes.errors(), mistakes.warnings());
    }

    private static List<ServicePolicy> services(YamlMapping file, List<MetricSource> sources, Mistakes mistakes) {
        List<ServicePolicy> services = new ArrayList<>();
        file.require("services", "write services:, and below it each service's name with its policy");
        file.mapping("services", "services").ifPresent(all -> {
            for (Map.Entry<String, Node> entry : all.entries().entrySet()) {
                if (!entry.getKey().matches(TOPIC_OR_SERVICE_NAME)) {
                    mistakes.error(
                            all.keyNode(entry.getKey()),
                            "no service can have the name \"" + entry.getKey() + "\"",
                            "name it with letters, digits, '.', '_' and '-'");
                }
                ServiceReader reader = new ServiceReader(entry.getKey(), entry.getValue(), mistakes);
                services.add(reader.read());
                sources.addAll(reader.sources());
            }
        });
        file.warnOfUnknown();
        return services;
    }
}
