// What somebody must look at. Every rule asks for a signal that the app writes to its log, or for one of its metrics; their names and
// fields are those of shared/core/signals.ts and shared/core/telemetryNames.ts, and test/infra holds them equal. What to do about
// each: docs/operations.md.

import { alertOptions } from 'types.bicep'

@description('Required. What the names of the rules begin with.')
param namePrefix string

@description('Required. The Azure region.')
param location string

@description('Required. The resource id of the Log Analytics workspace with the app\'s log.')
param workspaceId string

@description('Required. The resource ids of the action groups.')
param actionGroupIds string[]

@description('Required. Who is alerted, and when.')
param options alertOptions

@description('Optional. Tags for the resources.')
param tags object = {}

// A signal is a log line with a field `signal`; a line's fields are its Properties, as text.
func linesOf(signal string) string => $'''
AppTraces
| where tostring(Properties.signal) == '${signal}'
'''

// A level is one number, whose minimum and maximum are left out: it is its own sum.
func levelsOf(metric string, attribute string, column string) string =>
  $'''
AppMetrics
| where Name == '${metric}'
| project TimeGenerated, ${attribute} = tostring(Properties.${attribute}), ${column} = Sum
'''

var quotaQuery = levelsOf('hve.quota.percent', 'scope', 'percent')

var severities = {
  error: 1
  warning: 2
}

var rules = [
  {
    name: 'deadLetters'
    title: 'Mail was given up'
    description: 'Messages became dead letters. GET /api/dead-letters says which and why; redrive them when the cause is cured.'
    severity: severities.warning
    query: linesOf('deadLetter')
    window: 'PT15M'
    aggregation: 'Count'
    column: null
    dimension: null
    operator: 'GreaterThanOrEqual'
    threshold: options.?deadLetters ?? 1
  }
  {
    name: 'paused'
    title: 'A sender account, or the tenant, sends nothing'
    description: 'A reply of Exchange Online stopped it. GET /api/accounts says the cause and the remedy. Its mail waits and goes on by itself.'
    severity: severities.error
    query: $'''
${linesOf('paused')}| where tostring(Properties.stoppedBy) == 'reply'
| project TimeGenerated, standing = tostring(Properties.standing)
'''
    window: 'PT5M'
    aggregation: 'Count'
    column: null
    dimension: 'standing'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'quotaWarning'
    title: 'A limit is nearly used up'
    description: 'GET /api/usage says when it will be reached. What comes above it waits for the next day.'
    severity: severities.warning
    query: quotaQuery
    window: 'PT10M'
    aggregation: 'Maximum'
    column: 'percent'
    dimension: 'scope'
    operator: 'GreaterThanOrEqual'
    threshold: options.?quotaWarningPercent ?? 80
  }
  {
    name: 'quotaError'
    title: 'A limit is all but used up'
    description: 'GET /api/usage says when it will be reached. What comes above it waits for the next day.'
    severity: severities.error
    query: quotaQuery
    window: 'PT10M'
    aggregation: 'Maximum'
    column: 'percent'
    dimension: 'scope'
    operator: 'GreaterThanOrEqual'
    threshold: options.?quotaErrorPercent ?? 95
  }
  {
    name: 'heartbeat'
    title: 'The mailer is not alive'
    description: 'The sweep has not ended well for 15 minutes: what waits does not go on. GET /api/health says why; restart the app if its timers stand still.'
    severity: severities.error
    // One row always, so that silence is a number and not an empty answer. Such a row has no time, so it stands for the whole
    // window: several evaluation periods would need one.
    // While the app is being set up nothing beats: the alert may be raised then, and ends by itself.
    query: $'''
${linesOf('heartbeat')}| summarize beats = count()
'''
    window: 'PT15M'
    aggregation: 'Total'
    column: 'beats'
    dimension: null
    operator: 'LessThan'
    threshold: 1
  }
  {
    name: 'queueAge'
    title: 'A queue is not worked off'
    description: 'Its oldest item has waited for too long. See whether the app runs and how many instances it has.'
    severity: severities.warning
    query: levelsOf('hve.queue.age', 'queue', 'ageSeconds')
    window: 'PT10M'
    aggregation: 'Maximum'
    column: 'ageSeconds'
    dimension: 'queue'
    operator: 'GreaterThan'
    threshold: 60 * (options.?queueAgeMinutes ?? 15)
  }
  {
    name: 'poison'
    title: 'There is something in a poison queue'
    description: 'That never happens by design. Keep the messages and report it.'
    severity: severities.error
    query: $'''
${linesOf('poison')}| project TimeGenerated, queue = tostring(Properties.queue), messages = todouble(Properties.messages)
'''
    window: 'PT10M'
    aggregation: 'Maximum'
    column: 'messages'
    dimension: 'queue'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'defect'
    title: 'The mailer noticed a defect of its own'
    description: 'Something that cannot be by design. It was mended or left alone, and nothing was lost; report it with the log line.'
    severity: severities.warning
    query: linesOf('defect')
    window: 'PT15M'
    aggregation: 'Count'
    column: null
    dimension: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'retention'
    title: 'What is over is not removed'
    description: 'Retention has failed at a part of its work for hours: content, addresses or an erasure stay longer than was laid down. The log line says why.'
    severity: severities.warning
    // It runs every hour. One run that Storage did not answer is made up for by the next.
    query: $'''
${linesOf('retention')}| project TimeGenerated, part = tostring(Properties.part)
'''
    window: 'PT6H'
    aggregation: 'Count'
    column: null
    dimension: 'part'
    operator: 'GreaterThanOrEqual'
    threshold: 3
  }
]

resource alerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for rule in rules: {
    name: '${namePrefix}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'HVE mailer: ${rule.title}'
      description: rule.description
      severity: rule.severity
      enabled: options.?enabled ?? true
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: rule.window
      // It ends by itself when what it asks for is over.
      autoMitigate: true
      // A new workspace has no table yet, which the check of the query would call an error.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: rule.aggregation
            metricMeasureColumn: rule.column
            dimensions: empty(rule.dimension)
              ? []
              : [
                  {
                    name: rule.dimension!
                    operator: 'Include'
                    values: ['*']
                  }
                ]
            operator: rule.operator
            threshold: rule.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: { actionGroups: actionGroupIds }
    }
  }
]
