"""Providers whose keys have no form of their own: a random value assigned to a name that holds theirs counts."""

from typing import Final

_VENDORS: Final = """
    adafruit adobe airtable algolia alibaba aliyun amplitude artifactory asana atlassian jira confluence auth0
    azure bamboo beamer bintray bitbucket bittrex bitfinex binance bugsnag buildkite circleci clearbit
    cloudflare cloudinary codecov cohere coinbase confluent contentful contribsys datadog deepgram deepl
    deepseek digitalocean discord docusign drone dropbox elastic etsy eventbrite facebook fastly finicity
    finnhub firebase flickr foursquare freshbooks freshdesk fullstory getresponse gitter gocardless heroku
    honeybadger hubspot hunter influx instagram intercom ipstack jfrog xray jumpcloud kraken kucoin launchdarkly
    linear linkedin linked-in linked_in loggly looker mailchimp mailgun mailjet mandrill mapbox mattermost
    meraki messagebird message-bird message_bird mistral mixpanel monday mux nasa netlify newrelic new-relic
    new_relic nexmo notion nytimes new-york-times okta onelogin openai opsgenie optimizely pagerduty paypal
    pinata pingdom plaid plivo privateai pusher rapidapi raygun razorpay rollbar salesforce sauce scrapfly
    segment sendbird sendgrid sentry shodan smartsheet snyk softlayer cloudant ibm sonar splunk spotify
    squarespace square statuspage sumo telegram tiktok todoist travis trello twilio twitch twitter typeform
    ubidots unsplash vault vonage wakatime weatherstack webex yandex zendesk zoho zoom
"""
VENDORS: Final = tuple(_VENDORS.split())
