package io.millrace.scaling.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.UserError;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a policy file may say, and what is said of one that is wrong. */
final class PolicyFileTest {
    private static final String START = """
            services:
              web:
                minInstances: 2
                maxInstances: 10
            """;
    private static final String RULES = """
                policies:
                  - { policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60 }
            """;

    private static PolicyFile.Reading read(String text) {
        return PolicyFile.read(text, "scaling.yaml");
    }

    @Test
    void allThatTheGuideWrites() {
        PolicyFile.Reading reading = read(START + """
                    warmup: 120
                    scaleDownDelay: 600
                    triggers:
                      scaleOut: { metric: CPUUtilization, threshold: 70, period: 300, evaluationPeriods: 2, action: add 2 instances }
                      scaleIn: { metric: CPUUtilization, threshold: 30, period: 300, evaluationPeriods: 5, action: remove 1 instance }
                    policies:
                      - { policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60, cooldown: 300 }
                      - policy: StepScaling
                        metric: CPUUtilization
                        steps:
                          - { metricRange: [70, 80], action: add 1 instance }
                          - { metricRange: [80, 90], action: add 2 instances }
                          - { metricRange: [90, 100], action: add 5 instances }
                      - { policy: SimpleScaling, metric: CPUUtilization, threshold: 80, action: add 2 instances, cooldown: 300 }
                    schedules:
                      - { time: '08:00', timezone: UTC, minInstances: 5, maxInstances: 10, description: Morning rush }
                      - { time: 00:00, minInstances: 2, maxInstances: 10 }
                    costs: { pricePerInstanceMonth: 100, maxMonthlyCost: 10000, spot: { share: 0.5, discount: 0.7 } }
                """);
        assertThat(reading.errors()).isEmpty();
        assertThat(reading.warnings()).isEmpty();
        ServicePolicy web = reading.policy().services().get(0);
        assertThat(web.stepMs()).isEqualTo(60_000);
        assertThat(web.behavior().scaleDown().stabilizationWindowMs()).isEqualTo(600_000);
        assertThat(web.rules())
                .extracting(Rule::name)
                .containsExactly(
                        "TargetTracking CPUUtilization",
                        "StepScaling CPUUtilization",
                        "SimpleScaling CPUUtilization",
                        "scaleOut CPUUtilization",
                        "scaleIn CPUUtilization");
        assertThat(web.costs().averagePricePerHour() * Costs.HOURS_PER_MONTH).isEqualTo(65);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            warmup: soon                                   | 5:13 | warmup is 'soon', not a time
            gracePeriod: 2 months                          | 5:18 | gracePeriod is '2 months', not a time
            minInstances: 3                                | 5:5  | minInstances is given twice in service web
            schedules: [{ time: 8am, minInstances: 3 }]    | 5:25 | '8am' is no time of day
            schedules: [{ cron: '0 25 * * *' }]            | 5:25 | '0 25 * * *' is no cron expression
            schedules: [{ time: '08:00', timezone: Mars }] | 5:44 | there is no time zone Mars
            schedules: [{ at: 2024-11-24 00:00 }]          | 5:23 | an event needs for, how long it lasts
            schedules: [{ at: tomorrow, for: 1h }]         | 5:23 | 'tomorrow' is no moment
            schedules: [{ time: '08:00', minInstances: 99 }] | 5:48 | the service never has more than its maxInstances, 10
            schedules: [{ minInstances: 5 }]               | 5:17 | a schedule begins at one of time, cron and at
            triggers: { scaleIn: { metric: m, threshold: 3, action: add 1 instance } } | 5:61 | scaleIn cannot add 1 instance
            triggers: { scaleOut: { metric: m, action: add 1 } } | 5:27 | a scaleOut trigger needs threshold
            triggers: { scaleOut: { metric: m, threshold: 3, action: grow } } | 5:62 | 'grow' is no action
            policies: [{ policy: Magic }]                  | 5:26 | there is no policy Magic
            policies: [{ policy: SimpleScaling, metric: m, threshold: x, action: add 1 }] | 5:63 | threshold is 'x', not a number
            policies: [{ policy: SimpleScaling, metric: m, threshold: 1, action: add 1, statistic: p101 }] | 5:92 | there is no statistic p101
            policies: [{ policy: StepScaling, metric: m, steps: [{ metricRange: [80, 70], action: add 1 }] }] | 5:73 | a range is [from, to]
            costs: { maxMonthlyCost: 100 }                 | 5:30 | maxMonthlyCost needs the price of an instance
            behavior: { scaleUp: { policies: [{ type: Pods, value: 4 }] } } | 5:39 | a policy of scaleUp needs periodSeconds
            behavior: { scaleUp: { selectPolicy: Some } }  | 5:42 | selectPolicy is 'Some', not one of Max, Min, Disabled
            prediction: { season: month }                  | 5:27 | season is 'month', not day or week
            model: { load: Requests }                      | 5:12 | model needs capacityPerInstance
            """)
    void aMistakeIsToldWithItsPlace(String line, String place, String message) {
        String rules = line.startsWith("policies") ? "" : RULES;
        List<String> errors = read(START + "    " + line + "\n" + rules).errors().stream()
                .map(UserError::render)
                .toList();
        assertThat(errors).hasSize(1);
        assertThat(errors.get(0)).startsWith("scaling.yaml:" + place + ": " + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            maxInstance: 3   | unknown key maxInstance in service web; it is ignored | did you mean maxInstances?
            minReplicas: 3   | unknown key minReplicas in service web; it is ignored | it is called minInstances here
            scaledownDelay: 3 | unknown key scaledownDelay in service web; it is ignored | did you mean scaleDownDelay?
            """)
    void anUnknownKeyIsWarnedOfWithTheNearest(String line, String message, String hint) {
        PolicyFile.Reading reading = read(START + "    " + line + "\n" + RULES);
        assertThat(reading.errors()).isEmpty();
        assertThat(reading.warnings())
                .extracting(UserError::render)
                .containsExactly("scaling.yaml:5:5: " + message + System.lineSeparator() + "  hint: " + hint);
    }

    @Test
    void anotherTargetNamesItsMetricWhereThereAreSeveral() {
        String two = """
                services:
                  web:
                    minInstances: 1
                    maxInstances: 9
                    policies:
                      - { policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60 }
                      - { policy: TargetTracking, targetMetric: RequestCount, targetType: AverageValue, targetValue: 1000 }
                    schedules:
                      - { at: 2024-11-24 00:00, for: 48h, SCHEDULE }
                """;
        assertThat(read(two.replace("SCHEDULE", "targetValue: 70")).errors())
                .extracting(UserError::render)
                .containsExactly(
                        "scaling.yaml:9:56: which metric's target it is must be said: the policies have several"
                                + System.lineSeparator()
                                + "  hint: add targetMetric, one of CPUUtilization, RequestCount");
        assertThat(read(two.replace("SCHEDULE", "targetValue: 70, targetMetric: CPU"))
                        .errors())
                .extracting(UserError::getMessage)
                .containsExactly("no policy keeps CPU at a target");
        assertThat(read(two.replace("SCHEDULE", "targetMetric: CPUUtilization")).errors())
                .extracting(UserError::getMessage)
                .containsExactly("there is no targetValue for it");
        assertThat(read(two.replace("SCHEDULE", "targetValue: 70, targetMetric: CPUUtilization"))
                        .orThrow()
                        .services()
                        .get(0)
                        .schedules()
                        .get(0)
                        .targetMetric())
                .isEqualTo("CPUUtilization");
    }

    @Test
    void everyMistakeIsTold() {
        assertThat(read("services:\n  web: { minInstances: 5, maxInstances: 2 }\n  api: {}\n")
                        .errors())
                .extracting(UserError::render)
                .anyMatch(text -> text.startsWith("scaling.yaml:2:41: maxInstances, 2, is less than minInstances, 5"))
                .anyMatch(text -> text.startsWith("scaling.yaml:2:8: service web has neither policies nor triggers"))
                .anyMatch(text -> text.startsWith("scaling.yaml:3:8: service api needs minInstances"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            services: [      | scaling.yaml:1:12: is no YAML
            other: 1         | scaling.yaml:1:1: a policy file needs services
            hello            | scaling.yaml:1:1: a policy file must be a mapping
            """)
    void aFileThatIsNone(String text, String error) {
        assertThat(read(text).errors())
                .first()
                .extracting(UserError::render)
                .asString()
                .startsWith(error);
    }

    @Test
    void anEmptyFile() {
        assertThat(read("# nothing\n").errors())
                .extracting(UserError::render)
                .containsExactly(
                        "scaling.yaml: the file is empty" + System.lineSeparator() + "  hint: begin with services:");
    }
}
