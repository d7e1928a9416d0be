import { Controller, Get, Header, Inject } from '@nestjs/common';
import { limits, processors, type LimitsAnswer } from '@multitask/contracts';
import { createFieldNames } from '@multitask/task-group';
import { multitaskPaths } from '../paths';
import { API_GATEWAY_SETTINGS, type ApiGatewaySettings } from '../tokens';

/** What forms, the command line and agents need to know before they ask for anything. */
@Controller()
export class LimitsController {
  constructor(@Inject(API_GATEWAY_SETTINGS) private readonly settings: ApiGatewaySettings) {}

  @Get(multitaskPaths.map((path) => `${path}/limits`))
  @Header('cache-control', 'public, max-age=60')
  limits(): LimitsAnswer {
    const { settings } = this;
    return {
      upstream: settings.UPSTREAM_KIND,
      key_required: settings.UPSTREAM_KIND !== 'emulator',
      processors: processors.map(({ name, usdPerRun, latencySeconds: [min, max], maxFields }) => ({
        name,
        usd_per_run: usdPerRun,
        latency_seconds: { min: Math.round(min), max: Math.round(max) },
        max_fields: maxFields,
      })),
      limits: {
        body_bytes: settings.MAX_BODY_BYTES,
        inputs_bytes: settings.MAX_INPUTS_BYTES,
        rows: settings.MAX_ROWS,
        spec_characters: limits.specCharacters,
        spec_and_input_characters: limits.specAndInputCharacters,
        ttl_days: limits.ttlDays,
        max_cost_usd: settings.MAX_COST_USD ?? null,
        prefer_wait_seconds: limits.preferWaitSeconds,
        requests_per_minute: settings.RATE_LIMIT_PER_KEY,
      },
      fields: [...createFieldNames],
    };
  }
}
